import type { InjectedSinks, Logger, WorkerOptions } from '@temporalio/worker';
import type * as Otel from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { TraceSinks, WorkflowSpan } from '../contract/tracing.ts';

/** What a worker needs to send traces. */
export interface Tracing {
  readonly options: Pick<WorkerOptions, 'interceptors' | 'sinks'>;
  /** Sends what has gathered, for a few seconds at most. */
  stop(): Promise<void>;
}

/** Milliseconds that the last spans get on their way when the process ends. */
const LAST_SPANS = 3_000;
/** Milliseconds for one request to the collector. */
const REQUEST = 5_000;

/**
 * Starts to send traces to the collector of `OTEL_EXPORTER_OTLP_ENDPOINT` by OTLP over HTTP. A collector that is down or slow holds nothing
 * up: at most 2,048 spans wait in memory, and what comes beyond is dropped.
 */
export async function startTracing(logger: Logger): Promise<Tracing> {
  // Loaded here, because most workers send no traces.
  const [
    otel,
    { OpenTelemetryActivityInboundInterceptor },
    { OTLPTraceExporter },
    sdk,
    { Resource, envDetectorSync },
    { AsyncLocalStorageContextManager },
  ] = await Promise.all([
    import('@opentelemetry/api'),
    import('@temporalio/interceptors-opentelemetry/lib/worker/index.js'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/context-async-hooks'),
  ]);
  tellProblems(otel, logger);
  const resource = new Resource({ 'service.name': 'phasegate' }).merge(envDetectorSync.detect());
  const processor = new sdk.BatchSpanProcessor(new OTLPTraceExporter({ timeoutMillis: REQUEST }));
  const provider = new sdk.BasicTracerProvider({ resource, spanProcessors: [processor] });
  // Without a context manager, an activity's span would not find the trace of its workflow.
  provider.register({ contextManager: new AsyncLocalStorageContextManager() });
  const tracer = provider.getTracer('phasegate');
  const toReadable = readableSpan(otel, resource);
  return {
    options: {
      interceptors: {
        activity: [(context) => ({ inbound: new OpenTelemetryActivityInboundInterceptor(context, { tracer }) })],
      },
      sinks: spanSink(processor, toReadable),
    },
    async stop() {
      await Promise.race([provider.shutdown().catch(() => undefined), timeUp(LAST_SPANS)]);
    },
  };
}

function timeUp(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

/** A collector that does not answer is logged, once in a minute at most. */
function tellProblems(otel: typeof Otel, logger: Logger): void {
  let last = -Infinity;
  const tell = (message: string) => {
    if (Date.now() - last < 60_000) return;
    last = Date.now();
    logger.warn('Traces could not be sent', { reason: message.slice(0, 500) });
  };
  const silent = () => undefined;
  const diag = { error: tell, warn: tell, info: silent, debug: silent, verbose: silent };
  otel.diag.setLogger(diag, { logLevel: otel.DiagLogLevel.WARN, suppressOverrideMessage: true });
}

function spanSink(
  processor: SpanProcessor,
  toReadable: (span: WorkflowSpan, from: { workflowId: string; runId: string }) => ReadableSpan,
): InjectedSinks<TraceSinks> {
  return {
    traces: {
      span: {
        // A replay repeats what was told before.
        callDuringReplay: false,
        fn: (info, span) => {
          processor.onEnd(toReadable(span, info));
        },
      },
    },
  };
}

/** A span of a workflow with the id of the workflow and of its run, and nothing of what it was given. */
function readableSpan({ SpanKind, SpanStatusCode, TraceFlags }: typeof Otel, resource: ReadableSpan['resource']) {
  const codes = { ok: SpanStatusCode.OK, error: SpanStatusCode.ERROR, unset: SpanStatusCode.UNSET };
  const time = (ms: number): [number, number] => [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];
  return (span: WorkflowSpan, { workflowId, runId }: { workflowId: string; runId: string }): ReadableSpan => {
    const { name, traceId, spanId, parentSpanId, startMs, endMs, state } = span;
    const context = { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
    return {
      ...{ name, kind: SpanKind.INTERNAL, spanContext: () => context },
      ...(parentSpanId === undefined ? {} : { parentSpanId }),
      ...{ startTime: time(startMs), endTime: time(endMs), duration: time(Math.max(0, endMs - startMs)), ended: true },
      status: { code: codes[state] },
      attributes: { temporalWorkflowId: workflowId, run_id: runId },
      ...{ links: [], events: [], droppedAttributesCount: 0, droppedLinksCount: 0, droppedEventsCount: 0 },
      ...{ resource, instrumentationLibrary: { name: 'phasegate' } },
    };
  };
}
