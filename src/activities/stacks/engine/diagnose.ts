import {
  DescribeEventsCommand,
  type DescribeEventsCommandOutput,
  type OperationEvent,
} from '@aws-sdk/client-cloudformation';
import type { StackAddress } from '../../../aws/clients.ts';
import { type ChangeSet, findChangeSet, isWithoutChanges } from './change-set.ts';
import { nestedChangeSets } from './changes.ts';
import {
  beginsOperation,
  NESTED_STACK,
  type NestedEvents,
  readEvent,
  type StackEvent,
  type StackOperation,
} from './events.ts';

/**
 * Why an operation failed, as well as it can be told. AWS recommends DescribeEvents, which also knows hooks and validation; where
 * it is not allowed, not supported or empty, the stack's events tell. Never throws: what is being explained must not be lost.
 */
export async function diagnose(
  address: StackAddress,
  stackId: string,
  operation: StackOperation,
  nestedEvents: NestedEvents,
  alreadyRead: readonly StackEvent[],
): Promise<string> {
  const nested = [...alreadyRead, ...(await orNothing(() => nestedEvents.next()))];
  const [begun] = operation.events;
  const failed =
    begun?.operationId === undefined
      ? []
      : await failedEvents(address, { StackName: stackId, OperationId: begun.operationId });
  const named = failed.map((event) => readEvent(event)).filter(({ status }) => status !== '');
  return rootCause(
    [...named, ...operation.events].sort((one, other) => one.at - other.at),
    nested,
  );
}

/** Why a change set failed; the findings of early validation and of hooks are told by DescribeEvents alone. */
export async function diagnoseChangeSet(address: StackAddress, { id, reason }: ChangeSet): Promise<string> {
  const events = await failedEvents(address, { ChangeSetName: id });
  const details = events
    .filter(({ EventType }) => EventType === 'VALIDATION_ERROR' || EventType === 'HOOK_INVOCATION_ERROR')
    .map((event) => {
      const what = event.ValidationStatusReason ?? event.HookStatusReason ?? event.ResourceStatusReason ?? '';
      const where = event.ValidationPath ?? event.LogicalResourceId ?? '';
      const isWarning = (event.ValidationFailureMode ?? event.HookFailureMode) === 'WARN';
      return `${isWarning ? 'warning: ' : ''}${where}: ${what}`;
    });
  const nested = await orNothing(() => nestedRefusals(address, id));
  return [reason, ...details, ...nested].join(' · ');
}

/** Of a nested change set that failed, that of the parent says only that it did. */
async function nestedRefusals(address: StackAddress, id: string): Promise<string[]> {
  const refusals: string[] = [];
  for (const [resource, nestedId] of await nestedChangeSets(address, id)) {
    const nested = await findChangeSet(address, nestedId);
    if (nested?.status !== 'FAILED' || isWithoutChanges(nested)) continue;
    refusals.push(`${resource}: ${await diagnoseChangeSet(address, nested)}`);
  }
  return refusals;
}

async function failedEvents(
  { client, signal }: StackAddress,
  of: { readonly StackName?: string; readonly ChangeSetName?: string; readonly OperationId?: string },
): Promise<OperationEvent[]> {
  return orNothing(async () => {
    const events: OperationEvent[] = [];
    let NextToken: string | undefined;
    do {
      const command = new DescribeEventsCommand({ ...of, Filters: { FailedEvents: true }, NextToken });
      const answer: DescribeEventsCommandOutput = await client.send(command, { abortSignal: signal });
      events.push(...(answer.OperationEvents ?? []));
      NextToken = answer.NextToken === '' ? undefined : answer.NextToken;
    } while (NextToken !== undefined);
    return events;
  });
}

async function orNothing<T>(read: () => Promise<T[]>): Promise<T[]> {
  try {
    return await read();
  } catch {
    return [];
  }
}

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
