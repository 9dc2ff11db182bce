import { digestOf } from '../base/digest.ts';
import { MILESTONE } from '../contract/names.ts';
import type { MilestoneInput } from '../contract/inputs.ts';
import {
  endingOf,
  type Histories,
  type HistoryEvent,
  inputOf,
  nameOf,
  resultOf,
  type RunEvents,
  runIdOf,
  type ShapeFault,
  startOf,
  valuesOf,
} from './history.ts';

/** A run of a milestone as the phase tells it. */
export interface StartedMilestone {
  readonly workflowId: string;
  readonly runId: string;
  /** Digest of what it was given; absent where that is in a run that is not at hand. */
  readonly input?: string;
  /** Digest of what the phase got; absent when it did not complete. */
  readonly result?: string;
}

/** Milestones that the phase has started, each run once. One that was reset goes by the run that has ended. */
export function startedMilestones(phase: readonly RunEvents[]): StartedMilestone[] {
  const found = new Map<string, StartedMilestone>();
  for (const events of phase) {
    for (const one of startedIn(events)) found.set(one.runId, { ...found.get(one.runId), ...one });
  }
  return [...found.values()];
}

function startedIn(events: RunEvents): Iterable<StartedMilestone> {
  const found = new Map<number, StartedMilestone>();
  for (const event of events) {
    const started = event.childWorkflowExecutionStartedEventAttributes;
    if (started?.workflowType.name === MILESTONE) {
      const input = inputGiven(events, started.initiatedEventId);
      found.set(event.eventId, { ...started.workflowExecution, input });
    }
    const ended = childEndOf(event);
    if (ended?.workflowType.name !== MILESTONE) continue;
    const { workflowId, runId } = ended.workflowExecution;
    const { childWorkflowExecutionCompletedEventAttributes: completed } = event;
    found.set(ended.startedEventId, {
      ...found.get(ended.startedEventId),
      workflowId,
      runId,
      result: completed === undefined ? undefined : digestOf(valuesOf(completed.result)[0]),
    });
  }
  return found.values();
}

function childEndOf(event: HistoryEvent) {
  return (
    event.childWorkflowExecutionCompletedEventAttributes ??
    event.childWorkflowExecutionFailedEventAttributes ??
    event.childWorkflowExecutionCanceledEventAttributes ??
    event.childWorkflowExecutionTimedOutEventAttributes ??
    event.childWorkflowExecutionTerminatedEventAttributes
  );
}

/** Milestones of which the phase tells, and whose histories are not at hand. */
export function missingMilestones({ phase, milestones }: Histories): StartedMilestone[] {
  const known = new Set(milestones.map(runIdOf));
  return startedMilestones(phase).filter(({ runId }) => !known.has(runId));
}

/** Where a milestone's history is not that of the milestone which the phase has started, and whose result it has taken over. */
export function milestonesFault(histories: Histories, adopts: boolean): ShapeFault | undefined {
  const started = new Map(startedMilestones(histories.phase).map((one) => [one.runId, one]));
  for (const events of histories.milestones) {
    const reason = foreign(events, histories) ?? untied(events, started.get(runIdOf(events) ?? ''), adopts);
    if (reason !== undefined) return { where: `the history of ${nameOf(events)}`, reason };
  }
  return undefined;
}

function foreign(events: RunEvents, { phase: [first = []] }: Histories): string | undefined {
  const { phase, identity } = (inputOf(events) ?? {}) as Partial<MilestoneInput>;
  const { workflowId, firstExecutionRunId } = startOf(first) ?? {};
  if (workflowId !== undefined && phase?.workflowId !== workflowId) return 'it is a milestone of another phase';
  const isOfRun = firstExecutionRunId === undefined || identity?.startsWith(`${firstExecutionRunId}/`) === true;
  return isOfRun ? undefined : 'it is a milestone of another run of this phase';
}

/** After a reset a phase takes over what it had started before, of which its history then does not tell. */
function untied(events: RunEvents, started: StartedMilestone | undefined, adopts: boolean): string | undefined {
  if (endingOf(events) === 'open') return 'this milestone has not ended, or its history is cut';
  if (started === undefined) return adopts ? undefined : 'the phase has not started this milestone';
  const { workflowId } = startOf(events) ?? {};
  if (workflowId !== undefined && workflowId !== started.workflowId) {
    return `the phase has started this run as ${started.workflowId}`;
  }
  if (started.input !== undefined && digestOf(inputOf(events)) !== started.input) {
    return 'what it was given is not what the phase gave it';
  }
  const isResult = started.result === undefined || digestOf(resultOf(events)) === started.result;
  return isResult ? undefined : 'its result is not the one that the phase got';
}

function inputGiven(events: RunEvents, initiated: number): string | undefined {
  const start = events.find(({ eventId }) => eventId === initiated);
  const { input } = start?.startChildWorkflowExecutionInitiatedEventAttributes ?? {};
  return input === undefined ? undefined : digestOf(valuesOf(input)[0]);
}
