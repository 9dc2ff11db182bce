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
const failure = z.looseObject({ applicationFailureInfo: z.looseObject({ details: payloads.optional() }).optional() });
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
      taskQueue: z.looseObject({ name: z.string().optional() }).optional(),
    })
    .optional(),
  workflowExecutionSignaledEventAttributes: z
    .looseObject({ signalName: z.string(), input: payloads.optional(), identity: z.string().optional() })
    .optional(),
  // Absent for an update that a reset has brought over: its request stands in an event of its own.
  workflowExecutionUpdateAcceptedEventAttributes: z.looseObject({ acceptedRequest: update.optional() }).optional(),
  workflowExecutionUpdateAdmittedEventAttributes: z.looseObject({ request: update }).optional(),
  workflowTaskStartedEventAttributes: z.looseObject({}).optional(),
  workflowTaskFailedEventAttributes: z
    .looseObject({ cause: z.string().optional(), baseRunId: z.string().optional(), newRunId: z.string().optional() })
    .optional(),
  activityTaskStartedEventAttributes: z.looseObject({}).optional(),
  activityTaskScheduledEventAttributes: z
    .looseObject({
      activityId: z.string().optional(),
      activityType: z.looseObject({ name: z.string() }),
      input: payloads.optional(),
    })
    .optional(),
  activityTaskCompletedEventAttributes: z
    .looseObject({ scheduledEventId: eventId, identity: z.string().optional(), result: payloads.optional() })
    .optional(),
  activityTaskFailedEventAttributes: z
    .looseObject({ scheduledEventId: eventId, identity: z.string().optional(), failure: failure.optional() })
    .optional(),
  markerRecordedEventAttributes: z
    .looseObject({
      markerName: z.string(),
      details: z.record(z.string(), payloads).optional(),
      failure: failure.optional(),
    })
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
  externalWorkflowExecutionSignaledEventAttributes: z.looseObject({ initiatedEventId: eventId }).optional(),
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

/** Ids of a run: the one that it began with, and those that resets have given it. */
export function runIdsOf(events: RunEvents): string[] {
  const resets = events.flatMap(({ workflowTaskFailedEventAttributes: failed }) => [
    failed?.baseRunId,
    failed?.newRunId,
  ]);
  return [...new Set([firstIdOf(events), ...resets].filter((id) => id !== undefined && id !== ''))] as string[];
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

const RESET = 'WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW';

/** How often the run was reset. */
export function resetsOf(events: RunEvents): number {
  return events.filter(({ workflowTaskFailedEventAttributes: failed }) => failed?.cause === RESET).length;
}

/** What a run was given at its start. */
export function inputOf(events: RunEvents): unknown {
  return valuesOf(startOf(events)?.input)[0];
}

/** The name of the phase's folder, as it was started with; empty where it was started with none. */
export function phaseNameIn({ phase: [first = []] }: Pick<Histories, 'phase'>): string {
  const { phase } = (inputOf(first) ?? {}) as { readonly phase?: unknown };
  return typeof phase === 'string' ? phase : '';
}

/** What a run answered. */
export function resultOf(events: RunEvents): unknown {
  return valuesOf(events.at(-1)?.workflowExecutionCompletedEventAttributes?.result)[0];
}

/** Whether a phase ended by itself: one that was terminated, or failed, has a ledger that is cut where it was recorded last. */
export function endsByItself(runs: readonly RunEvents[]): boolean {
  const ending = endingOf(runs.at(-1) ?? []);
  return ending === 'completed' || ending === 'cancelled';
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

/** Why a history is not whole: then it cannot be replayed. */
export function wholeFault(events: RunEvents): ShapeFault | undefined {
  const reason =
    startFault(events) ?? countFault(events) ?? timeFault(events) ?? taskFault(events) ?? runIdFault(events);
  return reason === undefined ? undefined : { where: `the history of ${nameOf(events)}`, reason };
}

function startFault(events: RunEvents): string | undefined {
  const { workflowId, originalExecutionRunId, taskQueue } = startOf(events) ?? {};
  const isSaid = [workflowId, originalExecutionRunId, taskQueue?.name].every((one) => (one ?? '') !== '');
  return isSaid ? undefined : 'its first event does not say which run of which workflow it is of';
}

/** Events are counted from 1 without a gap. */
function countFault(events: RunEvents): string | undefined {
  const at = events.findIndex(({ eventId }, index) => eventId !== index + 1);
  return at < 0 ? undefined : `event ${String(events[at]?.eventId)} stands where event ${String(at + 1)} belongs`;
}

/**
 * Times do not go back, but for what the server keeps back while a worker has a workflow task: that is stamped as it comes and
 * follows when the task is done. When an activity began is told as it ends. Nothing is from after the end.
 */
function timeFault(events: RunEvents): string | undefined {
  const last = Date.parse(events.at(-1)?.eventTime ?? '');
  let floor = -Infinity;
  for (const event of events) {
    const name = `event ${String(event.eventId)}`;
    const time = Date.parse(event.eventTime ?? '');
    if (Number.isNaN(time)) return `${name} has no time`;
    if (time > last + APART) return `${name} is from after the end of this history`;
    if (event.activityTaskStartedEventAttributes !== undefined) continue;
    if (time < floor - APART) return `${name} is older than what came before it`;
    if (event.workflowTaskStartedEventAttributes !== undefined) floor = Math.max(floor, time);
  }
  return undefined;
}

/** The form of every run id that a server makes. */
const RUN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Run ids of one run count as the same text wherever they stand, so nothing else may pass for one. */
function runIdFault(events: RunEvents): string | undefined {
  const first = firstIdOf(events) ?? '';
  if (!RUN_ID.test(first)) return 'the run id in its first event is none';
  for (const { workflowTaskFailedEventAttributes: failed, eventId } of events) {
    const named = [failed?.baseRunId, failed?.newRunId].filter((id) => id !== undefined && id !== '');
    const isReset = failed?.cause === RESET && named.every((id) => RUN_ID.test(id ?? ''));
    if (named.length > 0 && !isReset) return `event ${String(eventId)} names run ids, and is no reset`;
  }
  return undefined;
}

/** What may come after a workflow task has begun. */
const AFTER_BEGINNING = [
  'workflowTaskCompletedEventAttributes',
  'workflowTaskFailedEventAttributes',
  'workflowTaskTimedOutEventAttributes',
  'workflowExecutionTerminatedEventAttributes',
  'workflowExecutionTimedOutEventAttributes',
];

/** The SDK's core stops the process over a workflow task that goes on as no server writes it. */
function taskFault(events: RunEvents): string | undefined {
  for (const [index, { workflowTaskStartedEventAttributes: begun, eventId }] of events.entries()) {
    const next = events[index + 1];
    if (begun === undefined || next === undefined || AFTER_BEGINNING.some((key) => key in next)) continue;
    return `the workflow task that begins with event ${String(eventId)} has no end`;
  }
  return undefined;
}
