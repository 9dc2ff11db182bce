import type { ActivityProfile } from './gate-model.ts';

/** Whose activity it is: a gate must not wait for a step, however many of them last. */
export type ActivityOf = 'step' | 'check';

/** A task queue with slots of its own, beside the worker's. */
export interface SideQueue {
  readonly of: ActivityOf;
  readonly profile: Exclude<ActivityProfile, 'work'>;
  /** Behind the name of the worker's task queue. */
  readonly suffix: string;
  /** What its activities are, for people. */
  readonly summary: string;
}

/**
 * The queues of a worker beside its own, one for each kind of activity that lasts. Each has a poller in every worker process, and
 * every kind of step and check is registered there.
 */
export const sideQueues: readonly SideQueue[] = [
  { of: 'step', profile: 'wait', suffix: '-aws', summary: 'steps that wait for AWS' },
  { of: 'step', profile: 'program', suffix: '-programs', summary: 'steps that run a program' },
  { of: 'check', profile: 'wait', suffix: '-aws-checks', summary: 'checks that ask AWS' },
  { of: 'check', profile: 'program', suffix: '-program-checks', summary: 'checks that run a program' },
];

/** Name of the queue for such an activity, of the worker with this task queue. */
export function queueFor(taskQueue: string, of: ActivityOf, profile: ActivityProfile): string {
  const side = sideQueues.find((queue) => queue.of === of && queue.profile === profile);
  return `${taskQueue}${side?.suffix ?? ''}`;
}
