import { ApplicationFailure } from '@temporalio/workflow';

/** Milliseconds until a Signal that could not be delivered is sent again: 1 s, doubling to a minute. */
export function pauseAfter(failures: number): number {
  return Math.min(1000 * 2 ** Math.min(failures - 1, 6), 60_000);
}

/** Whether nobody is there any more who could take a Signal. */
export function isGone(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.type === 'ExternalWorkflowExecutionNotFound';
}
