import type { ActivityProfile } from './gate-model.ts';

/** The purpose of an activity. Steps and checks have separate queues, so that a gate does not wait for slots that long steps hold. */
export type ActivityOf = 'step' | 'check';

/** A task queue with slots of its own, in addition to the worker's. */
export interface SideQueue {
  readonly of: ActivityOf;
  readonly profile: Exclude<ActivityProfile, 'work'>;
  /** Follows the name of the worker's task queue. */
  readonly suffix: string;
  /** Its activities, in words. */
  readonly summary: string;
}

/**
 * The additional queues of a worker, one for each kind of long activity. Every worker process polls each of them and registers all kinds
 * of steps and checks there.
 */
export const sideQueues: readonly SideQueue[] = [
  { of: 'step', profile: 'wait', suffix: '-aws', summary: 'steps that wait for AWS or another service' },
  { of: 'step', profile: 'program', suffix: '-programs', summary: 'steps that run a program' },
  { of: 'check', profile: 'wait', suffix: '-aws-checks', summary: 'checks that ask AWS or another service' },
  { of: 'check', profile: 'program', suffix: '-program-checks', summary: 'checks that run a program' },
];

/** Name of the queue for an activity, given the worker's task queue. */
export function queueFor(taskQueue: string, of: ActivityOf, profile: ActivityProfile): string {
  const side = sideQueues.find((queue) => queue.of === of && queue.profile === profile);
  return `${taskQueue}${side?.suffix ?? ''}`;
}
