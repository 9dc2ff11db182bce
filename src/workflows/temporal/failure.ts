import type { AskedChanges } from '../../gates/events.ts';
import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, TimeoutFailure } from '@temporalio/workflow';

/**
 * The sentence at the bottom of a chain of failures: what a person needs to read.
 *
 * @param taskQueue of the activity that failed, which may have no worker
 */
export function rootMessage(error: unknown, taskQueue = 'QUEUE'): string {
  const root = rootOf(error);
  if (root instanceof TimeoutFailure && root.timeoutType === 'SCHEDULE_TO_START') {
    return `no worker has taken it from task queue ${taskQueue}; start one with PHASEGATE_TASK_QUEUE=${taskQueue}, then send retry`;
  }
  if (root instanceof TimeoutFailure) return `timed out (${root.timeoutType})${lastSeen(root)}`;
  return root instanceof Error ? root.message : String(root);
}

/** Several failures in one sentence. */
export function allOf(failures: readonly string[]): string {
  const [first = ''] = failures;
  return failures.length === 1 ? first : failures.map((failure) => failure.replace(/\.$/, '')).join('; ');
}

/** Whether no repetition would change it. */
export function isPermanent(error: unknown): boolean {
  const root = rootOf(error);
  return root instanceof ApplicationFailure && root.nonRetryable === true;
}

/** What a step wants to be agreed to before it goes on; nothing when that is not why it failed. */
export function askedChangesOf(error: unknown): AskedChanges | undefined {
  const root = rootOf(error);
  if (!(root instanceof ApplicationFailure) || root.type !== 'NeedsApproval') return undefined;
  return root.details?.[0] as AskedChanges | undefined;
}

function rootOf(error: unknown): unknown {
  let current = error;
  while (
    (current instanceof ActivityFailure || current instanceof ChildWorkflowFailure) &&
    current.cause !== undefined
  ) {
    current = current.cause;
  }
  return current;
}

function lastSeen(failure: TimeoutFailure): string {
  return failure.cause instanceof Error ? `: ${failure.cause.message}` : '';
}
