import { beginsOperation, NESTED_STACK, type StackEvent } from './events.ts';

const failures = new Set(['CREATE_FAILED', 'UPDATE_FAILED', 'DELETE_FAILED', 'IMPORT_FAILED']);

/** What CloudFormation says of resources that it only stopped because of another one's failure. */
const cancellation = /^Resource (creation|update|deletion|import) cancelled/i;

/**
 * Why an operation failed: the earliest failure of a resource that is not merely the consequence of another one, in a nested
 * stack too. Where no resource failed (an export still in use, an alarm, a cancellation), the stack's own reason.
 *
 * @param events of the stack, oldest first
 * @param nested of its nested stacks
 */
export function rootCause(events: readonly StackEvent[], nested: readonly StackEvent[] = []): string {
  const within = nested.filter(isFailure);
  // Of a nested stack whose own events are known, the parent has nothing to say but that it failed.
  const outside = events.filter((event) => isFailure(event) && (within.length === 0 || event.type !== NESTED_STACK));
  const [failure] = [...outside, ...within].sort((one, other) => one.at - other.at);
  if (failure !== undefined) return `${failure.type} ${failure.resource}: ${said(failure.reason)}`;
  const [first, ...later] = events.filter(({ ofStack }) => ofStack);
  const telling = first === undefined || beginsOperation(first) ? later : [first, ...later];
  const own = telling.find(({ status, reason }) => reason !== '' && !beginning.has(status));
  return said(own?.reason ?? '');
}

function isFailure({ ofStack, status, reason }: StackEvent): boolean {
  return !ofStack && failures.has(status) && !cancellation.test(reason);
}

/** Their reason is "User Initiated" at best. */
const beginning = new Set(['CREATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS', 'REVIEW_IN_PROGRESS']);

/** Without the full stop: it becomes part of a sentence. */
function said(reason: string): string {
  return reason === '' ? 'CloudFormation gives no reason' : reason.replace(/\.+$/, '');
}
