import { ApplicationFailure, Context } from '@temporalio/activity';

/**
 * What a worker does when it is asked for an activity that it does not have, such as a kind of a later version. Without it, the SDK would
 * answer itself before any interceptor runs; nobody would sign that, so a phase would ask again without end instead of telling people.
 */
export const unknownActivity = {
  default: (): Promise<never> => {
    const { activityType, taskQueue } = Context.current().info;
    const message = `${activityType} is not registered on the worker of task queue ${taskQueue}; update that worker, or send the work to another one`;
    return Promise.reject(ApplicationFailure.retryable(message, 'NotFoundError'));
  },
};
