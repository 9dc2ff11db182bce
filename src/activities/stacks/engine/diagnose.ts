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
 * Finds the cause of a failed operation. AWS recommends DescribeEvents, which also reports hooks and validation. If it is not allowed,
 * not supported or empty, the stack's events are used alone. Never throws, because the failure itself must not be lost.
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

/** Finds the cause of a failed change set. Only DescribeEvents reports the findings of early validation and of hooks. */
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

/** Causes of failed change sets of nested stacks. The change set of the parent says only that they failed. */
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

/** Matches CloudFormation's reason for resources that it stopped because another resource failed. */
const cancellation = /^Resource (creation|update|deletion|import) cancelled/i;

/**
 * The root cause of a failed operation: the earliest failure of a resource that is not the consequence of another failure, including
 * nested stacks. If no resource failed (an export is in use, an alarm, a cancellation), it is the stack's own reason.
 *
 * @param events events of the stack, oldest first
 * @param nested events of its nested stacks
 */
export function rootCause(events: readonly StackEvent[], nested: readonly StackEvent[] = []): string {
  const within = nested.filter(isFailure);
  // If the events of nested stacks are known, the parent's event about a nested stack adds nothing.
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

/** Statuses whose reason is never a cause: it is "User Initiated", or empty. */
const beginning = new Set(['CREATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS', 'REVIEW_IN_PROGRESS']);

/** Removes the full stop of a reason, which becomes part of a sentence. */
function said(reason: string): string {
  return reason === '' ? 'CloudFormation gives no reason' : reason.replace(/\.+$/, '');
}
