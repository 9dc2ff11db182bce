import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, TimeoutFailure } from '@temporalio/workflow';

/** The sentence at the bottom of a chain of failures: what a person needs to read. */
export function rootMessage(error: unknown): string {
  let current = error;
  while (
    (current instanceof ActivityFailure || current instanceof ChildWorkflowFailure) &&
    current.cause !== undefined
  ) {
    current = current.cause;
  }
  if (current instanceof TimeoutFailure) return `timed out (${current.timeoutType})${lastSeen(current)}`;
  if (current instanceof ApplicationFailure) return current.message;
  return current instanceof Error ? current.message : String(current);
}

function lastSeen(failure: TimeoutFailure): string {
  return failure.cause instanceof Error ? `: ${failure.cause.message}` : '';
}
