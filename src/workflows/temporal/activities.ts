import {
  ActivityCancellationType,
  proxyActivities,
  proxyLocalActivities,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { CheckCall, CheckResult, StepCall, StepResult } from '../../contract/kinds.ts';
import type { PhaseActivities } from '../../contract/activities.ts';
import type { ActivityProfile } from '../../plan/gate-model.ts';
import { queueFor, type ActivityOf } from '../../plan/task-queues.ts';
import { clipSummary } from '../../base/text.ts';

/**
 * Activity options by what the activity spends its time on; complete, so that a reader need not know the SDK's defaults.
 * Steps may take hours, so their end is told by heartbeats; twelve attempts back off over about seven minutes, after which
 * the task blocks and a person decides.
 */
const stepOptions = {
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '30 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute', maximumAttempts: 12 },
} as const satisfies ActivityOptions;

/** Settling goes on until AWS is at rest or says that it cannot be done: giving up would leave an operation running. */
const settleOptions = {
  ...stepOptions,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
} as const satisfies ActivityOptions;

/**
 * A check's first look answers soon, if only that it could not look, so that people see why a gate waits. Like a step it may take
 * long itself: a program that tests something, drift detection of many stacks.
 */
const firstLookOptions = {
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '30 seconds',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumAttempts: 3 },
} as const satisfies ActivityOptions;

/** Checks have no attempt limit: waiting for something to become true is their work, and the gate is the deadline. */
const checkOptions = {
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '30 seconds',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '5 seconds', backoffCoefficient: 2, maximumInterval: '10 minutes' },
} as const satisfies ActivityOptions;

/** Reading the phase folder, writing documents: quick, and worth repeating until it works. */
const quickOptions = {
  startToCloseTimeout: '1 minute',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
} as const satisfies ActivityOptions;

/**
 * What lasts has queues of its own, so that gates, briefs and compilation never wait behind it. Everything else stays on the
 * worker's own queue, which keeps eager dispatch. An agent's process may not run at all, which its task has to tell; how long
 * a queue may be that moves, nobody knows.
 */
function queueOf(
  of: ActivityOf,
  { profile, taskQueue, isAgents }: Placement,
): Pick<ActivityOptions, 'taskQueue' | 'scheduleToStartTimeout'> {
  if (isAgents === true) return { taskQueue: queueFor(taskQueue, of, profile), ...UNTAKEN };
  return profile === 'work' ? {} : { taskQueue: queueFor(taskQueue, of, profile) };
}

/** After that, a step that no process of its agent has taken blocks its task. */
const UNTAKEN = { scheduleToStartTimeout: '15 minutes' } as const;

/** Where an activity runs and what the timeline shows. */
export interface Placement {
  readonly profile: ActivityProfile;
  readonly summary: string;
  /** The worker's own queue, or that of an agent. */
  readonly taskQueue: string;
  /** The queue is an agent's, whose process is another one. */
  readonly isAgents?: boolean;
}

export function runStepActivity(call: StepCall, placement: Placement): Promise<StepResult> {
  return run(`step.${call.step.kind}`, call, stepOptions, queueOf('step', placement), placement.summary);
}

/** Settles what a cancelled step left behind; call it in a scope that cannot be cancelled. */
export function runSettleActivity(call: StepCall, placement: Placement): Promise<StepResult> {
  return run(`settle.${call.step.kind}`, call, settleOptions, queueOf('step', placement), placement.summary);
}

export function runCheckActivity(call: CheckCall, placement: Placement): Promise<CheckResult> {
  const options = call.poll === 'no' ? firstLookOptions : checkOptions;
  return run(`check.${call.check.kind}`, call, options, queueOf('check', placement), placement.summary);
}

/** Activities of the phase itself, with the line that the timeline shows. */
export function phaseActivities(summary: string): PhaseActivities {
  return proxyActivities<PhaseActivities>({ ...quickOptions, summary: clipSummary(summary) });
}

/**
 * Reading closed workflows from the server, and writing what they hold, for as long as a phase lasts: there is no attempt limit,
 * since waiting is what it mostly does. An attempt goes on where the one before was.
 */
const archiveOptions = {
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '1 minute',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '5 seconds', backoffCoefficient: 2, maximumInterval: '10 minutes' },
} as const satisfies ActivityOptions;

/** Keeps what closes while the phase runs. */
export function archiveActivities(summary: string): PhaseActivities {
  return proxyActivities<PhaseActivities>({ ...archiveOptions, summary: clipSummary(summary) });
}

/** Finishes the record of a phase that has closed. A milestone that has not may have something to settle; it is waited for that long. */
export function lastArchiveActivities(summary: string): PhaseActivities {
  const options = { ...archiveOptions, scheduleToCloseTimeout: '30 days' } as const;
  return proxyActivities<PhaseActivities>({ ...options, summary: clipSummary(summary) });
}

/** Waiting for a milestone that an earlier run of the phase has started: by retries, for as long as it takes. */
export function adoptingActivities(summary: string): PhaseActivities {
  return proxyActivities<PhaseActivities>({
    startToCloseTimeout: '1 minute',
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
    summary: clipSummary(summary),
  });
}

/** Looking whether a phase is still there: by retries, for as long as its milestone runs. */
export function watchingActivities(summary: string): PhaseActivities {
  return proxyActivities<PhaseActivities>({
    startToCloseTimeout: '1 minute',
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '5 minutes' },
    summary: clipSummary(summary),
  });
}

/** Notices: people would rather hear of it late than not at all, and nothing waits for it. */
export function notifyActivities(summary: string): PhaseActivities {
  return proxyActivities<PhaseActivities>({
    startToCloseTimeout: '2 minutes',
    scheduleToCloseTimeout: '1 day',
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '10 minutes' },
    summary: clipSummary(summary),
  });
}

/**
 * Standups and reviews: waiting until one is due, and for a channel that fails, is up to the activity, which says when it runs again.
 * No attempt limit: it gives channels up by itself. Every wait counts as an attempt, so the longest interval is that after a crash.
 */
export function publishActivities(summary: string): PhaseActivities {
  return proxyActivities<PhaseActivities>({
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: '15 seconds',
    // An attempt that has begun to publish ends first.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '5 seconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
    summary: clipSummary(summary),
  });
}

/**
 * Signatures: local, so that a decision never queues behind anything. What comes meanwhile waits, so a provider that cannot be
 * reached has two attempts, and the decision can be sent again.
 */
export function verifyingActivities(): PhaseActivities {
  return proxyLocalActivities<PhaseActivities>({
    startToCloseTimeout: '10 seconds',
    scheduleToCloseTimeout: '20 seconds',
    retry: { initialInterval: '1 second', maximumAttempts: 2 },
    summary: 'signature',
  });
}

/** Entries of the ledger: they have to get into the history, whatever else happens. Call it in a scope that cannot be cancelled. */
export function recordingActivities(): PhaseActivities {
  return proxyLocalActivities<PhaseActivities>({ startToCloseTimeout: '10 seconds', summary: 'ledger' });
}

/**
 * For what is read at every gate: a local activity costs one marker and no round trip. The phase's clock stands still while one runs, so it
 * has few attempts, and whoever needs it tries again (`PhaseClock.localUntilDone`).
 *
 * Call it in a scope that cannot be cancelled. Its end may be on its way to the workflow already when the workflow cancels it, and the SDK
 * then fails the workflow task.
 */
export function localPhaseActivities(summary: string): PhaseActivities {
  return proxyLocalActivities<PhaseActivities>({
    startToCloseTimeout: '10 seconds',
    retry: { initialInterval: '200 milliseconds', maximumAttempts: 3 },
    summary: clipSummary(summary),
  });
}

function run<Call, Result>(
  type: string,
  call: Call,
  options: ActivityOptions,
  queue: ActivityOptions,
  summary: string,
): Promise<Result> {
  const { [type]: activity } = proxyActivities<{ [type: string]: (call: Call) => Promise<Result> }>({
    ...options,
    ...queue,
    summary: clipSummary(summary),
  });
  if (activity === undefined) throw new TypeError(`no activity ${type}`);
  return activity(call);
}
