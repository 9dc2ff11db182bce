import type { WorkerOptions } from '@temporalio/worker';
import type { SideQueue } from '../plan/task-queues.ts';

/** Every number that shapes the load of a worker, in one place; the SDK's defaults are for machines that do nothing else. */
export const tuning = {
  /** Workflows kept in memory; one parked phase costs about a quarter of a megabyte beyond the first hundred. */
  maxCachedWorkflows: 200,
  maxConcurrentWorkflowTaskExecutions: 40,
  /** Slots of the worker's own queue, for what is quick: briefs, documents, notices, compilation. */
  maxConcurrentActivityTaskExecutions: 50,
  maxConcurrentLocalActivityExecutions: 50,
  /** Slots for steps that wait for AWS: each holds one deployment, which mostly sleeps. */
  maxConcurrentAwsSteps: 100,
  /** Slots for checks that ask AWS: each makes a few dozen requests, a few at a time. */
  maxConcurrentAwsChecks: 50,
  /**
   * Slots for steps that run a program; `PHASEGATE_MAX_PROGRAMS` says otherwise. Each is an operating system's process with what it
   * starts: Terraform or an AI agent takes some 300 MB, so that 20 fit into 8 GB. More wait on the queue.
   */
  maxConcurrentPrograms: 20,
  /** Slots for checks that run a program. A scan runs three scanners of some 300 MB each at once. */
  maxConcurrentProgramChecks: 10,
  /** A cancelled activity hears of it with its next recorded heartbeat, so this bounds how long a cancellation takes. */
  maxHeartbeatThrottleInterval: '5 seconds',
  /** On SIGTERM: time for activities to reach a point from which the next attempt can adopt their work. */
  shutdownGraceTime: '10 seconds',
  /** After that the process ends, whatever an activity does. */
  shutdownForceTime: '20 seconds',
} as const;

/** Options of the worker that hosts workflows and what is quick. */
export const mainWorkerOptions = {
  maxCachedWorkflows: tuning.maxCachedWorkflows,
  maxConcurrentWorkflowTaskExecutions: tuning.maxConcurrentWorkflowTaskExecutions,
  maxConcurrentActivityTaskExecutions: tuning.maxConcurrentActivityTaskExecutions,
  maxConcurrentLocalActivityExecutions: tuning.maxConcurrentLocalActivityExecutions,
  maxHeartbeatThrottleInterval: tuning.maxHeartbeatThrottleInterval,
  shutdownGraceTime: tuning.shutdownGraceTime,
  shutdownForceTime: tuning.shutdownForceTime,
} satisfies Partial<WorkerOptions>;

/**
 * Options of a worker that hosts what lasts, on a queue beside the main one.
 *
 * @param programs how many programs steps may run at a time
 */
export function sideWorkerOptions({ of, profile }: SideQueue, programs: number): Partial<WorkerOptions> {
  const slots = {
    wait: { step: tuning.maxConcurrentAwsSteps, check: tuning.maxConcurrentAwsChecks },
    program: { step: programs, check: tuning.maxConcurrentProgramChecks },
  };
  return {
    maxConcurrentActivityTaskExecutions: slots[profile][of],
    maxHeartbeatThrottleInterval: tuning.maxHeartbeatThrottleInterval,
    shutdownGraceTime: tuning.shutdownGraceTime,
    shutdownForceTime: tuning.shutdownForceTime,
  };
}
