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
import { Pace, STALE_READS } from './pace.ts';
import { describeStack } from './stack.ts';
import { StackState } from './status.ts';

const GONE_LOOKS = 30;

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
      // Until then the status is that of before the request.
      if (operation.end !== undefined) return rootCause(operation.events);
      // Somebody else had begun it just before, so our request changed nothing.
      if (status === 'DELETE_FAILED' && !operation.hasBegun && (unseen += 1) > STALE_READS) return rootCause(seen);
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
 * AWS refuses to delete one that it is still working out, so that is waited for.
 *
 * @param token ClientRequestToken of the deletion of the empty stack
 * @throws InvalidChangeSetStatusException when its execution has begun meanwhile
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
    // The empty stacks of nested ones go with their change sets, and not with the stack.
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

/** Change sets of a stack that have not been executed, all pages. */
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

/** A stack that is to go. */
export interface StackTeardown extends StackAddress {
  /** The same for each attempt; the token of the deletion follows from it. */
  readonly identity: string;
  readonly protected: boolean;
}

export interface TearDownOptions {
  /** Milliseconds to wait for AWS. Default: 2 hours. */
  readonly timeoutMs?: number;
  /** Milliseconds of the shortest pause between two looks at AWS. Default: 500. */
  readonly shortestPauseMs?: number;
  /** Told of the stack's status whenever it has been looked at. */
  onStatus?(status: string): void;
}

const TWO_HOURS = 2 * 60 * 60 * 1000;

/**
 * Deletes a stack and waits for the end of it. A later attempt finds the deletion by its token, and begins no other.
 *
 * @returns `absent` where there is none (any more)
 * @throws PermanentError when it is protected, or cannot be deleted
 */
export async function tearDownStack(
  teardown: StackTeardown,
  options: TearDownOptions = {},
): Promise<'deleted' | 'absent'> {
  const { stackName, region } = teardown;
  const refused = (why: string) => new PermanentError(`Stack ${stackName} in ${region} is not torn down: ${why}`);
  if (teardown.protected) throw refused('it is protected.');
  return explained(teardown, async () => {
    const pace = new Pace(teardown, Date.now() + (options.timeoutMs ?? TWO_HOURS), options.shortestPauseMs);
    let stack = await describeStack(teardown);
    // Nothing is deleted in the midst of another operation; AWS would let it.
    while (stack !== undefined && StackState.of(stack.StackStatus).readiness === 'busy') {
      options.onStatus?.(String(stack.StackStatus));
      await pace.pause();
      stack = await describeStack(teardown, stack.StackId);
    }
    if (stack === undefined || stack.StackStatus === 'DELETE_COMPLETE') return 'absent';
    if (stack.EnableTerminationProtection === true) {
      throw refused('it has termination protection. Whoever may do so has to lift it, then send retry.');
    }
    const failure = await deleteStack(teardown, stack.StackId ?? '', tokenOf(teardown), pace, (status) => {
      options.onStatus?.(status);
    });
    if (failure !== undefined) throw refused(`${failure}. Mend that, then send retry.`);
    return 'deleted';
  });
}

function tokenOf({ identity, region, stackName }: StackTeardown): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([identity, region, stackName]))
    .digest('hex');
  return `phasegate-${digest.slice(0, 32)}-tear-down`;
}
