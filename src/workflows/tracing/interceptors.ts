import {
  ContinueAsNew,
  isCancellation,
  proxySinks,
  workflowInfo,
  type WorkflowInterceptors,
} from '@temporalio/workflow';
import { digestOf } from '../../base/digest.ts';
import { isRecord } from '../../base/json.ts';
import { payloadConverter } from '../../contract/payload-converter.ts';
import {
  readTraceparent,
  TRACE_HEADER,
  traceparent,
  type TraceSinks,
  type WorkflowSpan,
} from '../../contract/tracing.ts';

type Headers = Parameters<NonNullable<NonNullable<WorkflowInterceptors['inbound']>[number]['execute']>>[0]['headers'];
type Context = Pick<WorkflowSpan, 'traceId' | 'spanId'>;

/**
 * Traces a workflow: its run, and its calls of activities and child workflows. Headers have the form of the Temporal SDKs' own
 * OpenTelemetry interceptors, which cannot be used here. They make each call wait some microtasks longer. What an activity and a timer of
 * the same workflow task bring is then heard in another order, and a history that was recorded with tracing does not replay without it.
 *
 * These interceptors return the promises that they get, so code that waits for them goes on in the same order as without. Ids are made
 * from the run id and a counter, which takes nothing from the workflow's random numbers.
 */
export function interceptors(): WorkflowInterceptors {
  const { traces } = proxySinks<TraceSinks>();
  const { runId } = workflowInfo();
  let count = 0;
  let own: Context | undefined;

  const nextId = () => digestOf(`${runId} ${String((count += 1))}`).slice(0, 16);

  function begin(name: string, parent: Context | undefined): Open {
    // Of a run without a trace, the run id: as long as a trace id, and as random.
    const context = { traceId: parent?.traceId ?? runId.replaceAll('-', ''), spanId: nextId() };
    const startMs = Date.now();
    const end = (state: WorkflowSpan['state']) => {
      const parentSpanId = parent === undefined ? {} : { parentSpanId: parent.spanId };
      traces.span({ name, ...context, ...parentSpanId, startMs, endMs: Date.now(), state });
    };
    return { context, end };
  }

  /** Opens a span, and ends it when the call ends. */
  function during<Input extends { readonly headers: Headers }, Result>(
    name: string,
    input: Input,
    next: (input: Input) => Promise<Result>,
  ): Promise<Result> {
    const span = begin(name, own);
    const result = next({ ...input, headers: withContext(input.headers, span.context) });
    endWith(result, span);
    return result;
  }

  return {
    inbound: [
      {
        execute(input, next) {
          const span = begin(`RunWorkflow:${workflowInfo().workflowType}`, contextIn(input.headers));
          own = span.context;
          const result = next(input);
          endWith(result, span);
          return result;
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => during(`StartActivity:${input.activityType}`, input, next),
        scheduleLocalActivity: (input, next) => during(`StartActivity:${input.activityType}`, input, next),
        startChildWorkflowExecution: (input, next) => during(`StartChildWorkflow:${input.workflowType}`, input, next),
        continueAsNew: (input, next) =>
          next(own === undefined ? input : { ...input, headers: withContext(input.headers, own) }),
      },
    ],
  };
}

interface Open {
  readonly context: Context;
  readonly end: (state: WorkflowSpan['state']) => void;
}

/** Heard besides the workflow's own code, which gets the promise itself. */
function endWith(result: Promise<unknown>, { end }: Open): void {
  result.then(
    () => {
      end('ok');
    },
    (error: unknown) => {
      if (error instanceof ContinueAsNew) end('ok');
      else end(isCancellation(error) ? 'unset' : 'error');
    },
  );
}

function contextIn(headers: Headers): Context | undefined {
  const payload = headers[TRACE_HEADER];
  const carrier = payload === undefined ? undefined : payloadConverter.fromPayload(payload);
  return isRecord(carrier) ? readTraceparent(carrier['traceparent']) : undefined;
}

function withContext(headers: Headers, context: Context): Headers {
  return { ...headers, [TRACE_HEADER]: payloadConverter.toPayload({ traceparent: traceparent(context) }) };
}
