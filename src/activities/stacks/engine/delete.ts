import {
  type ChangeSetSummary,
  DeleteStackCommand,
  ListChangeSetsCommand,
  type ListChangeSetsCommandOutput,
} from '@aws-sdk/client-cloudformation';
import { createHash } from 'node:crypto';
import type { StackAddress } from '../../../aws/clients.ts';
import { explained } from '../../../aws/errors.ts';
import { PermanentError } from '../../../base/errors.ts';
import { type ChangeSet, deleteChangeSet, findChangeSet, untilWorkedOut } from './change-set.ts';
import { rootCause } from './diagnose.ts';
import { EventReader, type StackEvent, StackOperation } from './events.ts';
import { Pace, STALE_READS, type WaitOptions } from './pace.ts';
import { describeStack } from './stack.ts';
import { StackState } from './status.ts';

const GONE_LOOKS = 30;

/**
 * Deletes a stack by its id, and waits for the end of the deletion. The caller checks that it may be deleted.
 *
 * @param token ClientRequestToken, the same for each attempt
 * @param onStatus called with the stack's status after each poll
 * @returns the reason why it could not be deleted; `undefined` when it is deleted
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
  const seen: StackEvent[] = [];
  pace.restart();
  for (let unseen = 0; ;) {
    const status = (await describeStack(address, stackId))?.StackStatus ?? 'DELETE_COMPLETE';
    onStatus(status);
    if (status === 'DELETE_COMPLETE') return undefined;
    if (StackState.of(status).isSettled) {
      const events = await reader.next();
      seen.push(...events);
      for (const event of events) operation.take(event);
      // Without an end of the operation, the status is still the one from before the request.
      if (operation.end !== undefined) return rootCause(operation.events);
      // Another deletion had begun just before, so this request had no effect.
      if (status === 'DELETE_FAILED' && !operation.hasBegun && (unseen += 1) > STALE_READS) return rootCause(seen);
    }
    await pace.pause();
  }
}

/** True when a stack has ever been complete. Reads all its events, which are few for a stack whose creation failed. */
export async function hasEverWorked(address: StackAddress, stackId: string): Promise<boolean> {
  return (await readAll(address, stackId)).some(({ ofStack, status }) => ofStack && StackState.of(status).isComplete);
}

async function readAll(address: StackAddress, stackId: string): Promise<StackEvent[]> {
  return new EventReader(address, stackId, 'whole life').next();
}

/**
 * Deletes a change set that has not been executed. If it was the only one of a stack that does not exist yet, the empty stack is deleted
 * too. One request does both: a worker that is killed between two requests would leave a stack that cannot be traced to its deployment.
 * AWS refuses to delete a change set that is still being created, so the function waits for that first.
 *
 * @param token ClientRequestToken of the deletion of the empty stack
 * @throws InvalidChangeSetStatusException when the execution has begun in the meantime
 */
export async function withdrawChangeSet(
  address: StackAddress,
  changeSet: ChangeSet,
  token: string,
  pace: Pace,
): Promise<void> {
  const { client, signal } = address;
  const { id, stackId } = changeSet;
  const current = await untilWorkedOut(address, pace, id);
  const stack = await describeStack(address, stackId);
  if (stack?.StackStatus === 'REVIEW_IN_PROGRESS' && !(await hasOthers(address, changeSet))) {
    // The empty nested stacks are deleted with their change sets, not with the stack.
    if (current?.hasNested === true) await discardChangeSet(address, pace, current);
    const command = new DeleteStackCommand({ StackName: stackId, ClientRequestToken: token });
    await client.send(command, { abortSignal: signal });
  } else {
    await deleteChangeSet(address, changeSet);
  }
}

/** Deletes a change set and waits until its name is free again. */
export async function discardChangeSet(address: StackAddress, pace: Pace, changeSet: ChangeSet): Promise<void> {
  await deleteChangeSet(address, changeSet);
  for (let look = 1; look < GONE_LOOKS; look += 1) {
    if ((await findChangeSet(address, changeSet.id)) === undefined) return;
    await pace.pause();
  }
}

async function hasOthers(address: StackAddress, { id, stackId }: ChangeSet): Promise<boolean> {
  return (await listChangeSets(address, stackId)).some(({ ChangeSetId }) => ChangeSetId !== id);
}

/** Lists all change sets of a stack that have not been executed. */
export async function listChangeSets(
  { client, signal }: StackAddress,
  StackName: string,
): Promise<readonly ChangeSetSummary[]> {
  const summaries: ChangeSetSummary[] = [];
  let NextToken: string | undefined;
  do {
    const command = new ListChangeSetsCommand({ StackName, NextToken });
    const answer: ListChangeSetsCommandOutput = await client.send(command, { abortSignal: signal });
    summaries.push(...(answer.Summaries ?? []));
    NextToken = answer.NextToken === '' ? undefined : answer.NextToken;
  } while (NextToken !== undefined);
  return summaries;
}

/** A stack that is to be deleted. */
export interface StackTeardown extends StackAddress {
  /** The same for each attempt. The token of the deletion is derived from it. */
  readonly identity: string;
  readonly protected: boolean;
}

/**
 * Deletes a stack and waits for the end of the deletion. A later attempt finds the deletion by its token, and does not begin another.
 *
 * @returns `absent` when the stack does not exist (any more)
 * @throws PermanentError when the stack is protected, or cannot be deleted
 */
export async function tearDownStack(teardown: StackTeardown, options: WaitOptions = {}): Promise<'deleted' | 'absent'> {
  const { stackName, region } = teardown;
  const refused = (why: string) => new PermanentError(`Stack ${stackName} in ${region} is not torn down: ${why}`);
  if (teardown.protected) throw refused('it is protected.');
  return explained(teardown, async () => {
    const pace = Pace.of(teardown, options);
    let stack = await describeStack(teardown);
    // AWS allows a deletion during another operation; this function waits instead.
    while (stack !== undefined && StackState.of(stack.StackStatus).readiness === 'busy') {
      options.onStatus?.(String(stack.StackStatus));
      await pace.pause();
      stack = await describeStack(teardown, stack.StackId);
    }
    if (stack === undefined || stack.StackStatus === 'DELETE_COMPLETE') return 'absent';
    if (stack.EnableTerminationProtection === true) {
      throw refused('it has termination protection. Remove the protection on AWS, then send retry.');
    }
    const failure = await deleteStack(teardown, stack.StackId ?? '', tokenOf(teardown), pace, (status) => {
      options.onStatus?.(status);
    });
    if (failure !== undefined) throw refused(`${failure}. Mend the cause, then send retry.`);
    return 'deleted';
  });
}

function tokenOf({ identity, region, stackName }: StackTeardown): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([identity, region, stackName]))
    .digest('hex');
  return `phasegate-${digest.slice(0, 32)}-tear-down`;
}
