import { z } from 'zod';
import { parseHandover } from '../contract/handover.ts';
import { payloadConverter } from '../contract/payload-converter.ts';
import { isIndex, type MissingRun } from './record-index.ts';

/** What `temporal workflow show --output json` prints, as far as it is read here; everything else is left alone. */
const payload = z.looseObject({ metadata: z.record(z.string(), z.string()).optional(), data: z.string().optional() });
const payloads = z.looseObject({ payloads: z.array(payload).optional() });
const update = z.looseObject({ input: z.looseObject({ name: z.string(), args: payloads.optional() }) });
const eventId = z.union([z.string(), z.number()]).transform(Number);
const execution = z.looseObject({ workflowId: z.string(), runId: z.string() });
const workflowType = z.looseObject({ name: z.string() });
const childEnd = z.looseObject({ workflowExecution: execution, startedEventId: eventId, workflowType });
const event = z.looseObject({
  eventId,
  eventTime: z.iso.datetime({ offset: true }).optional(),
  workflowExecutionStartedEventAttributes: z
    .looseObject({
      workflowType,
      input: payloads.optional(),
      firstExecutionRunId: z.string().optional(),
      /** As the run began; a reset gives it another one. */
      originalExecutionRunId: z.string().optional(),
      continuedExecutionRunId: z.string().optional(),
      workflowId: z.string().optional(),
    })
    .optional(),
  workflowExecutionSignaledEventAttributes: z
    .looseObject({ signalName: z.string(), input: payloads.optional() })
    .optional(),
  // Absent for an update that a reset has brought over: its request stands in an event of its own.
  workflowExecutionUpdateAcceptedEventAttributes: z.looseObject({ acceptedRequest: update.optional() }).optional(),
  workflowExecutionUpdateAdmittedEventAttributes: z.looseObject({ request: update }).optional(),
  workflowTaskStartedEventAttributes: z.looseObject({}).optional(),
  workflowTaskFailedEventAttributes: z
    .looseObject({ cause: z.string().optional(), newRunId: z.string().optional() })
    .optional(),
  activityTaskStartedEventAttributes: z.looseObject({}).optional(),
  activityTaskScheduledEventAttributes: z
    .looseObject({ activityType: z.looseObject({ name: z.string() }), input: payloads.optional() })
    .optional(),
  activityTaskCompletedEventAttributes: z
    .looseObject({ scheduledEventId: eventId, result: payloads.optional() })
    .optional(),
  markerRecordedEventAttributes: z
    .looseObject({ markerName: z.string(), details: z.record(z.string(), payloads).optional() })
    .optional(),
  workflowPropertiesModifiedEventAttributes: z
    .looseObject({ upsertedMemo: z.looseObject({ fields: z.record(z.string(), payload) }).optional() })
    .optional(),
  workflowExecutionContinuedAsNewEventAttributes: z
    .looseObject({ newExecutionRunId: z.string(), input: payloads.optional() })
    .optional(),
  startChildWorkflowExecutionInitiatedEventAttributes: z
    .looseObject({ workflowId: z.string(), input: payloads.optional() })
    .optional(),
  childWorkflowExecutionStartedEventAttributes: z
    .looseObject({ workflowExecution: execution, initiatedEventId: eventId, workflowType })
    .optional(),
  childWorkflowExecutionCompletedEventAttributes: childEnd.extend({ result: payloads.optional() }).optional(),
  childWorkflowExecutionFailedEventAttributes: childEnd.optional(),
  childWorkflowExecutionCanceledEventAttributes: childEnd.optional(),
  childWorkflowExecutionTimedOutEventAttributes: childEnd.optional(),
  childWorkflowExecutionTerminatedEventAttributes: childEnd.optional(),
  workflowExecutionCompletedEventAttributes: z.looseObject({ result: payloads.optional() }).optional(),
  workflowExecutionCanceledEventAttributes: z.looseObject({}).optional(),
  workflowExecutionFailedEventAttributes: z
    .looseObject({ failure: z.looseObject({ message: z.string().optional() }).optional() })
    .optional(),
  workflowExecutionTerminatedEventAttributes: z.looseObject({}).optional(),
  workflowExecutionTimedOutEventAttributes: z.looseObject({}).optional(),
});
const history = z.looseObject({ events: z.array(event).min(1) });

export type HistoryEvent = z.output<typeof event>;
export type Payloads = z.output<typeof payloads>;

/** The events of a history file, or what is wrong with it in one sentence. */
export function readHistory(text: string): { readonly events: readonly HistoryEvent[] } | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: `it is not JSON (${error instanceof Error ? error.message : String(error)})` };
  }
  const parsed = history.safeParse(value);
  if (parsed.success) return parsed.data;
  const other = otherThanHistory(value);
  if (other !== undefined) return { problem: `this is ${other} and no history; give the folder of the record alone` };
  const [issue] = parsed.error.issues;
  return { problem: `it is no history: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` };
}

/** What lies beside the histories of a record, and comes along where a shell completes a name. */
function otherThanHistory(value: unknown): string | undefined {
  if ('document' in parseHandover(value)) return 'a hand-over';
  return isIndex(value) ? 'the index of a record' : undefined;
}

/** The decoded values of an event's payloads. */
export function valuesOf(given: Payloads | undefined): unknown[] {
  return (given?.payloads ?? []).map((one) => valueOf(one));
}

export function valueOf({ metadata = {}, data = '' }: z.output<typeof payload>): unknown {
  const encoded = Object.entries(metadata).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const);
  return payloadConverter.fromPayload({ metadata: Object.fromEntries(encoded), data: Buffer.from(data, 'base64') });
}

/** One run of a workflow, as its history tells it. */
export type RunEvents = readonly HistoryEvent[];

/** What a record is verified from. */
export interface Histories {
  /** Runs of the phase, as they continued as new into each other. */
  readonly phase: readonly RunEvents[];
  /** Runs of its milestones, as far as they are at hand. */
  readonly milestones: readonly RunEvents[];
  /** What the record says of itself that it lacks; of single files nothing is said. */
  readonly lacking?: readonly MissingRun[];
}

/** How a run ended; `open`: it has not, or its history is cut. */
export type Ending = 'completed' | 'cancelled' | 'failed' | 'terminated' | 'timed out' | 'continued' | 'open';

export function startOf(events: RunEvents): HistoryEvent['workflowExecutionStartedEventAttributes'] {
  return events[0]?.workflowExecutionStartedEventAttributes;
}

export function typeOf(events: RunEvents): string | undefined {
  return startOf(events)?.workflowType.name;
}

/** Run id that the run began with; `undefined` where the history does not say. */
export function firstIdOf(events: RunEvents): string | undefined {
  return startOf(events)?.originalExecutionRunId;
}

/** A run that was reset goes by the id that the reset has given it. */
export function runIdOf(events: RunEvents): string | undefined {
  const reset = events.findLast(({ workflowTaskFailedEventAttributes: failed }) => Boolean(failed?.newRunId));
  return reset?.workflowTaskFailedEventAttributes?.newRunId ?? firstIdOf(events);
}

export function endingOf(events: RunEvents): Ending {
  const last = events.at(-1);
  if (last?.workflowExecutionCompletedEventAttributes !== undefined) return 'completed';
  if (last?.workflowExecutionCanceledEventAttributes !== undefined) return 'cancelled';
  if (last?.workflowExecutionFailedEventAttributes !== undefined) return 'failed';
  if (last?.workflowExecutionContinuedAsNewEventAttributes !== undefined) return 'continued';
  if (last?.workflowExecutionTerminatedEventAttributes !== undefined) return 'terminated';
  return last?.workflowExecutionTimedOutEventAttributes === undefined ? 'open' : 'timed out';
}

/** What a run was given at its start. */
export function inputOf(events: RunEvents): unknown {
  return valuesOf(startOf(events)?.input)[0];
}

/** What a run answered. */
export function resultOf(events: RunEvents): unknown {
  return valuesOf(events.at(-1)?.workflowExecutionCompletedEventAttributes?.result)[0];
}

/** "milestone m:4.1 (run 0197…)", for people. */
export function nameOf(events: RunEvents): string {
  const { workflowType, workflowId = '' } = startOf(events) ?? {};
  const id = workflowId === '' ? '' : ` ${workflowId}`;
  return `${workflowType?.name ?? 'workflow'}${id} (run ${runIdOf(events) ?? 'unknown'})`;
}

/** Where a history is not one that a server has written. */
export interface ShapeFault {
  readonly where: string;
  readonly reason: string;
}

/** How far clocks of the server's own machines may be apart, in milliseconds. */
const APART = 60_000;

/** Events are counted from 1 without a gap. */
export function countFault(events: RunEvents): ShapeFault | undefined {
  const at = events.findIndex(({ eventId }, index) => eventId !== index + 1);
  if (at < 0) return undefined;
  const reason = `event ${String(events[at]?.eventId)} stands where event ${String(at + 1)} belongs`;
  return { where: `the history of ${nameOf(events)}`, reason };
}

/**
 * Times do not go back, but for what the server keeps back while a worker has a workflow task: that is stamped as it comes and
 * follows when the task is done. When an activity began is told as it ends.
 */
export function timeFault(events: RunEvents): ShapeFault | undefined {
  let floor = -Infinity;
  for (const event of events) {
    if (event.eventTime === undefined || event.activityTaskStartedEventAttributes !== undefined) continue;
    const time = Date.parse(event.eventTime);
    if (time < floor - APART) {
      const reason = `event ${String(event.eventId)} is older than what came before it`;
      return { where: `the history of ${nameOf(events)}`, reason };
    }
    if (event.workflowTaskStartedEventAttributes !== undefined) floor = Math.max(floor, time);
  }
  return undefined;
}
