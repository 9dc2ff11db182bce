import type { StackEvent } from './events.ts';

const failures = new Set(['CREATE_FAILED', 'UPDATE_FAILED', 'DELETE_FAILED', 'IMPORT_FAILED']);

/** What CloudFormation says of resources that it only stopped because of another one's failure. */
const cancellation = /^Resource (creation|update|deletion|import) cancelled/i;

/**
 * Why an operation failed: the earliest failure of a resource that is not merely the consequence of another one. Where no
 * resource failed (an export still in use, an alarm, a cancellation), the stack's own reason.
 */
export function rootCause(events: readonly StackEvent[]): string {
  const failure = events.find(
    ({ ofStack, status, reason }) => !ofStack && failures.has(status) && !cancellation.test(reason),
  );
  if (failure !== undefined) return `${failure.type} ${failure.resource}: ${said(failure.reason)}`;
  const own = events.find(({ ofStack, status, reason }) => ofStack && reason !== '' && !beginning.has(status));
  return said(own?.reason ?? '');
}

/** Their reason is "User Initiated" at best. */
const beginning = new Set(['CREATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS']);

function said(reason: string): string {
  return reason === '' ? 'CloudFormation gives no reason' : reason;
}
