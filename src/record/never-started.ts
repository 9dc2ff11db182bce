import { mayCountBeforehand } from '../gates/rounds.ts';
import { gatesOf } from '../plan/walk.ts';
import { countFault, endingOf, type Histories, type HistoryEvent, type RunEvents, startOf } from './history.ts';
import { type Recording, recordingOf } from './recording.ts';

/** A phase that was refused when it was started: its record is whole, and holds no ledger. */
export interface NeverStarted {
  /** Workflow id; empty where the history does not say. */
  readonly workflowId: string;
  /** What the phase failed with: the sentence that says why. */
  readonly reason: string;
  /** Messages that came before it failed, and were not judged. */
  readonly messages: number;
}

/**
 * Whether a phase failed before it had begun: on its input, its plan, or the hand-over given. A history from which the ledger was
 * taken is none of these: it shows what only a phase does that has begun, or a plan without a reason to refuse the start.
 */
export function neverStarted({ phase, milestones }: Histories): NeverStarted | undefined {
  const [run, another] = phase;
  if (run === undefined || another !== undefined || milestones.length > 0) return undefined;
  if (endingOf(run) !== 'failed' || countFault(run) !== undefined) return undefined;
  if (!run.every((event) => comesBeforeTheStart(event, run))) return undefined;
  const recording = recordingOf(phase);
  if (recording.compiled !== undefined && !hasReasonToRefuse(recording, run)) return undefined;
  const { message = 'it does not say why' } = run.at(-1)?.workflowExecutionFailedEventAttributes?.failure ?? {};
  return { workflowId: recording.workflowId, reason: message, messages: recording.messages.length };
}

/** Events that a phase may have before it begins: it compiles, reads the hand-over, starts its archive, and may be sent messages. */
const BEFORE = new Set([
  'workflowExecutionStartedEventAttributes',
  'workflowExecutionFailedEventAttributes',
  'workflowExecutionSignaledEventAttributes',
  'workflowExecutionUpdateAdmittedEventAttributes',
  'workflowExecutionUpdateAcceptedEventAttributes',
  'workflowTaskScheduledEventAttributes',
  'workflowTaskStartedEventAttributes',
  'workflowTaskCompletedEventAttributes',
  'workflowTaskTimedOutEventAttributes',
  'workflowTaskFailedEventAttributes',
  'activityTaskScheduledEventAttributes',
  'activityTaskStartedEventAttributes',
  'activityTaskCompletedEventAttributes',
  'activityTaskFailedEventAttributes',
  'activityTaskTimedOutEventAttributes',
  'startChildWorkflowExecutionInitiatedEventAttributes',
  'startChildWorkflowExecutionFailedEventAttributes',
  'childWorkflowExecutionStartedEventAttributes',
  'childWorkflowExecutionCompletedEventAttributes',
  'childWorkflowExecutionFailedEventAttributes',
  'childWorkflowExecutionCanceledEventAttributes',
  'childWorkflowExecutionTimedOutEventAttributes',
  'childWorkflowExecutionTerminatedEventAttributes',
]);

const READING = 'readHandover';

function comesBeforeTheStart(event: HistoryEvent, run: RunEvents): boolean {
  const attributes = Object.keys(event).filter((key) => key.endsWith('EventAttributes'));
  const activity = event.activityTaskScheduledEventAttributes?.activityType.name ?? READING;
  const { workflowId = '' } = startOf(run) ?? {};
  const child = event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId;
  return (
    attributes.every((key) => BEFORE.has(key)) &&
    ['compilePhase', READING].includes(activity) &&
    (child === undefined || child.startsWith(`${workflowId}:archive`))
  );
}

/** Why a phase may have been refused although its plan compiled: `from`, or a hand-over that could not be read. */
function hasReasonToRefuse({ compiled, input: { from }, handover }: Recording, run: RunEvents): boolean {
  const plan = compiled?.plan;
  if (plan === undefined) return true;
  const isAsked = run.some((event) => event.activityTaskScheduledEventAttributes?.activityType.name === READING);
  if (isAsked && handover === null) return true;
  if (from === undefined) return false;
  return !plan.milestones.some(({ number }) => number === from) || !gatesOf(plan).every(mayCountBeforehand);
}
