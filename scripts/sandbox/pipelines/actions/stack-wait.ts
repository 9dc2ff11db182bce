import {
  type CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type Stack,
  type StackEvent,
} from '@aws-sdk/client-cloudformation';
import { setTimeout as delay } from 'node:timers/promises';
import { clip } from '../../../../src/base/text.ts';
import type { ActionRun } from '../action.ts';
import { ActionError } from './outcome.ts';

const POLL_MS = 500;
/** Pages of events that are searched for an operation. */
const PAGES = 50;

/** A stack with the client to reach it. */
export interface StackPlace {
  readonly client: CloudFormationClient;
  readonly stackName: string;
  readonly signal: AbortSignal;
}

/** A stack operation of an action. */
export interface StackAction extends StackPlace {
  readonly run: ActionRun;
  /** Token of the operation. It is made of the action execution, so an operation that has begun is found again. */
  readonly token: string;
}

/** The stack; `undefined` when there is none. */
export async function findStack({ client, stackName, signal }: StackPlace): Promise<Stack | undefined> {
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: stackName }), {
      abortSignal: signal,
    });
    return stack?.StackStatus === 'DELETE_COMPLETE' ? undefined : stack;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Events of the operation with this token, newest first; empty when it has not begun. */
export async function eventsOf({ client, stackName, signal }: StackPlace, token: string): Promise<StackEvent[]> {
  const found: StackEvent[] = [];
  let NextToken: string | undefined;
  try {
    for (let pages = 0; pages < PAGES; pages += 1) {
      const command = new DescribeStackEventsCommand({ StackName: stackName, ...(NextToken ? { NextToken } : {}) });
      const page = await client.send(command, { abortSignal: signal });
      const ours = (page.StackEvents ?? []).filter(({ ClientRequestToken }) => ClientRequestToken === token);
      found.push(...ours);
      NextToken = page.NextToken;
      // The events of an operation lie together.
      if (NextToken === undefined || (found.length > 0 && ours.length === 0)) break;
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return found;
}

/** Tells whether the operation with the action's token has begun. */
export async function hasBegun(stack: StackAction): Promise<boolean> {
  return (await eventsOf(stack, stack.token)).length > 0;
}

/** Begins an operation. An error counts only when the operation has not begun: its answer may be lost, and the SDK then asks again. */
export async function begin(stack: StackAction, send: () => Promise<unknown>): Promise<void> {
  try {
    await send();
  } catch (error) {
    if (!(await hasBegun(stack))) throw error;
  }
}

/**
 * Waits for the end of the operation with this token.
 *
 * @throws ActionError with the first resource that has failed, when the operation fails or is rolled back
 */
export async function awaitOperation(place: StackPlace, token: string, wanted: readonly string[]): Promise<void> {
  for (;;) {
    const events = await eventsOf(place, token);
    const end = events.find((event) => isOfStack(event) && isTerminal(event.ResourceStatus));
    if (end !== undefined) {
      if (wanted.includes(end.ResourceStatus ?? '')) return;
      throw new ActionError('JobFailed', failureText(place.stackName, events, end));
    }
    await delay(POLL_MS, undefined, { signal: place.signal });
  }
}

function failureText(stackName: string, events: readonly StackEvent[], end: StackEvent): string {
  const first = events.findLast(
    (event) =>
      event.ResourceStatus?.endsWith('_FAILED') === true &&
      !isOfStack(event) &&
      !(event.ResourceStatusReason ?? '').includes('cancelled'),
  );
  const status = `Stack ${stackName} ended with ${String(end.ResourceStatus)}`;
  const reason = first?.ResourceStatusReason ?? end.ResourceStatusReason ?? '';
  const what = first === undefined ? '' : `${first.LogicalResourceId ?? ''} (${first.ResourceType ?? ''}) `;
  return `${status}: ${what}${clip(reason, 1_000)}`;
}

function isOfStack({ PhysicalResourceId, StackId, ResourceType }: StackEvent): boolean {
  return ResourceType === 'AWS::CloudFormation::Stack' && PhysicalResourceId === StackId;
}

function isTerminal(status = ''): boolean {
  return /_(COMPLETE|FAILED)$/.test(status);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && /does not exist/.test(error.message);
}
