/** What workflows tell of their spans, and how a trace travels in the headers of activities and child workflows. */
import type { Sink, Sinks } from '@temporalio/workflow';

/** A span that a workflow has ended. */
export interface WorkflowSpan {
  /** `RunWorkflow:phase`, `StartChildWorkflow:milestone`, `StartActivity:brief` */
  readonly name: string;
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly parentSpanId?: string;
  /** Epoch milliseconds, by the clock of the workflow. */
  readonly startMs: number;
  readonly endMs: number;
  /** `unset`: cancelled. */
  readonly state: 'ok' | 'error' | 'unset';
}

export interface TraceSinks extends Sinks {
  readonly traces: Sink & { span(span: WorkflowSpan): void };
}

/** Header of the Temporal SDKs that carries the trace context: an object with `traceparent`, as JSON. */
export const TRACE_HEADER = '_tracer-data';

/** `traceparent` of W3C Trace Context. Every trace is sampled. */
export function traceparent({ traceId, spanId }: Pick<WorkflowSpan, 'traceId' | 'spanId'>): string {
  return `00-${traceId}-${spanId}-01`;
}

/** Reads a `traceparent`; `undefined` for what is none, as anybody may have written it. */
export function readTraceparent(text: unknown): Pick<WorkflowSpan, 'traceId' | 'spanId'> | undefined {
  const [, traceId, spanId] = (typeof text === 'string' && /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-/.exec(text)) || [];
  return traceId === undefined || spanId === undefined ? undefined : { traceId, spanId };
}
