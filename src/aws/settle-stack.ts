import {
  CancelUpdateStackCommand,
  CloudFormationServiceException,
  DeleteStackCommand,
  InvalidChangeSetStatusException,
  ListChangeSetsCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { deleteChangeSet, findChangeSet, isExecuted } from './change-set.ts';
import { operationNames, type OperationNames, type StackDeployment } from './deployment.ts';
import { explained } from './errors.ts';
import { EventReader } from './events.ts';
import { StackOperation } from './operation.ts';
import { Pace } from './pace.ts';
import { describeStack } from './stack.ts';
import { StackState } from './stack-status.ts';

export interface SettleOptions {
  /** Milliseconds to wait for AWS. Default: 2 hours. */
  readonly timeoutMs?: number;
  /** Told of the stack's status whenever it has been looked at. */
  onStatus?(status: string): void;
}

const TWO_HOURS = 2 * 60 * 60 * 1000;

/**
 * Brings AWS to rest after a deployment was cancelled: an update that it began is cancelled and rolls back; a stack that it
 * began to create is deleted, unless it is protected; a change set that it left unexecuted is deleted. What somebody else does
 * to the stack is left alone.
 *
 * @returns one sentence that says what was done
 */
export async function settleStack(deployment: StackDeployment, options: SettleOptions = {}): Promise<string> {
  return explained(deployment, async () => {
    const names = operationNames(deployment);
    const pace = new Pace(deployment, options.timeoutMs ?? TWO_HOURS);
    for (let look = 1; ; look += 1) {
      const stack = await describeStack(deployment);
      const { begun, ended } = stack === undefined ? {} : await latestOperation(deployment, names, stack);
      if (stack !== undefined && begun !== undefined) return end(deployment, names, stack, { begun, ended }, options);
      const withdrawn = stack === undefined ? undefined : await withdraw(deployment, names, stack);
      if (withdrawn !== undefined) return withdrawn;
      if (look === LOOKS) return 'nothing had been begun';
      await pace.pause(true);
    }
  });
}

/**
 * How often a deployment is looked for. A request that AWS has accepted shows in the stack, its events and its change sets only
 * after a moment, and what is overlooked here goes on running.
 */
const LOOKS = 6;

interface Operation {
  readonly begun?: 'deployment' | 'settling';
  readonly ended?: StackState | undefined;
}

async function end(
  deployment: StackDeployment,
  names: OperationNames,
  stack: Stack,
  { begun, ended }: Operation,
  options: SettleOptions,
): Promise<string> {
  if (ended !== undefined) return `it had ended as ${ended.status} already`;
  const state = StackState.of(stack.StackStatus);
  if (state.status === 'CREATE_IN_PROGRESS' && deployment.protected) {
    return 'the stack is protected, so its creation goes on';
  }
  const asked = begun === 'deployment' && (await stop(deployment, names, stack, state));
  const last = await untilAtRest(deployment, stack, options);
  return asked ? `stopped; it ended as ${last}` : `it was ending by itself, as ${last}`;
}

/** Whether the latest operation on the stack is the deployment itself, or an earlier attempt's settling of it. */
async function latestOperation(
  deployment: StackDeployment,
  names: OperationNames,
  { StackId = '' }: Stack,
): Promise<Operation> {
  const events = await new EventReader(deployment, StackId).next();
  const own = new StackOperation(names.executeToken);
  const settling = new StackOperation(names.settleToken);
  for (const event of events) {
    own.take(event);
    settling.take(event);
  }
  if (own.hasBegun) return { begun: 'deployment', ended: own.end };
  return settling.hasBegun ? { begun: 'settling', ended: settling.end } : {};
}

/** @returns whether AWS was asked to stop; it cannot be once it rolls back or cleans up */
async function stop(
  { client, signal }: StackDeployment,
  { settleToken }: OperationNames,
  { StackId }: Stack,
  { status }: StackState,
): Promise<boolean> {
  const request = { StackName: StackId, ClientRequestToken: settleToken };
  if (status === 'CREATE_IN_PROGRESS') {
    await client.send(new DeleteStackCommand(request), { abortSignal: signal });
    return true;
  }
  if (status !== 'UPDATE_IN_PROGRESS') return false;
  try {
    await client.send(new CancelUpdateStackCommand(request), { abortSignal: signal });
    return true;
  } catch (error) {
    // The update has left UPDATE_IN_PROGRESS since the stack was described.
    if (error instanceof CloudFormationServiceException && error.name === 'ValidationError') return false;
    throw error;
  }
}

/** @returns what was withdrawn; nothing when there is no change set to be seen, or it is being executed */
async function withdraw(
  deployment: StackDeployment,
  names: OperationNames,
  { StackId = '', StackStatus }: Stack,
): Promise<string | undefined> {
  const changeSet = await findChangeSet(deployment, names.changeSet);
  if (changeSet === undefined || isExecuted(changeSet)) return undefined;
  try {
    await deleteChangeSet(deployment, changeSet);
  } catch (error) {
    // The execution began between the two requests.
    if (error instanceof InvalidChangeSetStatusException) return undefined;
    throw error;
  }
  if (StackStatus === 'REVIEW_IN_PROGRESS') await deleteIfEmpty(deployment, names, StackId);
  return 'its change set was deleted before it was executed';
}

/** A stack that was to be created by a withdrawn change set holds nothing; another change set may still be meant to create it. */
async function deleteIfEmpty(
  { client, signal }: StackDeployment,
  { settleToken }: OperationNames,
  stackId: string,
): Promise<void> {
  const { Summaries = [] } = await client.send(new ListChangeSetsCommand({ StackName: stackId }), {
    abortSignal: signal,
  });
  if (Summaries.length > 0) return;
  await client.send(new DeleteStackCommand({ StackName: stackId, ClientRequestToken: settleToken }), {
    abortSignal: signal,
  });
}

async function untilAtRest(deployment: StackDeployment, { StackId }: Stack, options: SettleOptions): Promise<string> {
  const pace = new Pace(deployment, options.timeoutMs ?? TWO_HOURS);
  for (let before = ''; ;) {
    const status = (await describeStack(deployment, StackId))?.StackStatus ?? 'DELETE_COMPLETE';
    options.onStatus?.(status);
    if (StackState.of(status).isSettled) return status;
    await pace.pause(status !== before);
    before = status;
  }
}
