import { ApplicationFailure, Context } from '@temporalio/activity';

/**
 * Answers for activities that this worker does not have. Without it the SDK would, past the interceptors: nobody could tell its failure
 * from a forged one. Another worker of the queue may have the activity, so it is tried again.
 */
export function missingActivity(): Promise<never> {
  const { activityType, taskQueue } = Context.current().info;
  const message = `a worker of task queue ${taskQueue} has no activity ${activityType}; start the workers of that queue with code that has it`;
  return Promise.reject(ApplicationFailure.retryable(message, 'NotFoundError'));
}
