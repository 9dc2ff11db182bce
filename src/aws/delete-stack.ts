import { DeleteChangeSetCommand, DeleteStackCommand, ListChangeSetsCommand } from '@aws-sdk/client-cloudformation';
import type { ChangeSet } from './change-set.ts';
import { EventReader, type StackEvent } from './events.ts';
import { StackOperation } from './operation.ts';
import type { Pace } from './pace.ts';
import { rootCause } from './root-cause.ts';
import { describeStack, type StackAddress } from './stack.ts';
import { StackState } from './stack-status.ts';

/**
 * Deletes a stack by its id, and waits for the end of it. Whether it may be deleted is the caller's to know.
 *
 * @param token ClientRequestToken: the same for each attempt
 * @param onStatus told of the stack's status whenever it has been looked at
 * @returns why it could not be deleted; nothing when it is gone
 */
export async function deleteStack(
  address: StackAddress,
  stackId: string,
  token: string,
  pace: Pace,
  onStatus: (status: string) => void = () => undefined,
): Promise<string | undefined> {
  const { client, signal } = address;
  const command = new DeleteStackCommand({ StackName: stackId, ClientRequestToken: token });
  await client.send(command, { abortSignal: signal });
  const reader = new EventReader(address, stackId);
  const operation = new StackOperation(token);
  pace.restart();
  for (;;) {
    const status = (await describeStack(address, stackId))?.StackStatus ?? 'DELETE_COMPLETE';
    onStatus(status);
    if (status === 'DELETE_COMPLETE') return undefined;
    if (StackState.of(status).isSettled) {
      for (const event of await reader.next()) operation.take(event);
      // Until then the status is that of before the request.
      if (operation.end !== undefined) return rootCause(operation.events);
    }
    await pace.pause();
  }
}

/**
 * Whether a stack has ever been in a working state. Reads its whole life, which is short for a stack whose creation failed.
 */
export async function hasEverWorked(address: StackAddress, stackId: string): Promise<boolean> {
  return (await readAll(address, stackId)).some(({ ofStack, status }) => ofStack && StackState.of(status).isComplete);
}

async function readAll(address: StackAddress, stackId: string): Promise<StackEvent[]> {
  return new EventReader(address, stackId, 'whole life').next();
}

/**
 * Takes back a change set that has not been executed. Where it was to create the stack, and no other one is, the empty stack goes
 * with it: one request does both, so that nobody who is stopped in between leaves a stack of which nothing tells whose it was.
 *
 * @param token ClientRequestToken of the deletion of the empty stack
 * @throws InvalidChangeSetStatusException when its execution has begun meanwhile
 */
export async function withdrawChangeSet(address: StackAddress, changeSet: ChangeSet, token: string): Promise<void> {
  const { client, signal } = address;
  const { id, stackId } = changeSet;
  const stack = await describeStack(address, stackId);
  if (stack?.StackStatus === 'REVIEW_IN_PROGRESS' && !(await hasOthers(address, changeSet))) {
    const command = new DeleteStackCommand({ StackName: stackId, ClientRequestToken: token });
    await client.send(command, { abortSignal: signal });
  } else {
    await client.send(new DeleteChangeSetCommand({ ChangeSetName: id }), { abortSignal: signal });
  }
}

async function hasOthers({ client, signal }: StackAddress, { id, stackId }: ChangeSet): Promise<boolean> {
  const command = new ListChangeSetsCommand({ StackName: stackId });
  const { Summaries = [] } = await client.send(command, { abortSignal: signal });
  return Summaries.some(({ ChangeSetId }) => ChangeSetId !== id);
}
