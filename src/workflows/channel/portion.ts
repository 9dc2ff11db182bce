import { ApplicationFailure } from '@temporalio/workflow';
import { bytesOf } from '../../base/json.ts';
import { MESSAGE_BYTES } from '../../contract/channel.ts';

/** The first of the items that together fit into one message; at least one, since a single one always does. */
export function portionOf<Item>(items: readonly Item[], saidOf: (item: Item) => unknown): Item[] {
  let bytes = 0;
  const end = items.findIndex((item, index) => {
    bytes += bytesOf(saidOf(item));
    return index > 0 && bytes > MESSAGE_BYTES;
  });
  return end < 0 ? [...items] : items.slice(0, end);
}

/** Milliseconds until a Signal that could not be delivered is sent again: 1 s, doubling to a minute. */
export function pauseAfter(failures: number): number {
  return Math.min(1000 * 2 ** Math.min(failures - 1, 6), 60_000);
}

/** Whether the workflow that should take the Signal has closed. */
export function isGone(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.type === 'ExternalWorkflowExecutionNotFound';
}
