import type { WorkerOptions } from '@temporalio/worker';

/** Every number that shapes the load of a worker, in one place; the SDK's defaults are for machines that do nothing else. */
export const tuning = {
  /** Workflows kept in memory; one parked phase costs about a quarter of a megabyte beyond the first hundred. */
  maxCachedWorkflows: 200,
  maxConcurrentWorkflowTaskExecutions: 40,
  /** Slots for briefs, checks, commands and documents. */
  maxConcurrentActivityTaskExecutions: 50,
  maxConcurrentLocalActivityExecutions: 50,
  /** Slots of the queue for AWS waits: each holds one deployment, which mostly sleeps. */
  maxConcurrentAwsActivities: 100,
  /** A cancelled activity hears of it with its next recorded heartbeat, so this bounds how long a cancellation takes. */
  maxHeartbeatThrottleInterval: '5 seconds',
  /** On SIGTERM: time for activities to reach a point from which the next attempt can adopt their work. */
  shutdownGraceTime: '10 seconds',
  /** After that the process ends, whatever an activity does. */
  shutdownForceTime: '20 seconds',
} as const;

/** Options of the worker that hosts workflows and all activities but AWS waits. */
export const mainWorkerOptions = {
  maxCachedWorkflows: tuning.maxCachedWorkflows,
  maxConcurrentWorkflowTaskExecutions: tuning.maxConcurrentWorkflowTaskExecutions,
  maxConcurrentActivityTaskExecutions: tuning.maxConcurrentActivityTaskExecutions,
  maxConcurrentLocalActivityExecutions: tuning.maxConcurrentLocalActivityExecutions,
  maxHeartbeatThrottleInterval: tuning.maxHeartbeatThrottleInterval,
  shutdownGraceTime: tuning.shutdownGraceTime,
  shutdownForceTime: tuning.shutdownForceTime,
} satisfies Partial<WorkerOptions>;

/** Options of the worker that hosts AWS waits. */
export const awsWorkerOptions = {
  maxConcurrentActivityTaskExecutions: tuning.maxConcurrentAwsActivities,
  maxHeartbeatThrottleInterval: tuning.maxHeartbeatThrottleInterval,
  shutdownGraceTime: tuning.shutdownGraceTime,
  shutdownForceTime: tuning.shutdownForceTime,
} satisfies Partial<WorkerOptions>;
