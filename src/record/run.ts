import { valuesOf, type HistoryEvent } from './history.ts';
import type { MissingRun } from './record-index.ts';

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
