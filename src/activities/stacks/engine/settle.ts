import {
  CancelUpdateStackCommand,
  DeleteStackCommand,
  InvalidChangeSetStatusException,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { findChangeSet, isExecuted } from './change-set.ts';
import { withdrawChangeSet } from './delete.ts';
import { OperationNames, type StackDeployment } from './deployment.ts';
import { explained, isValidationError } from '../../../aws/errors.ts';
import { EventReader, StackOperation } from './events.ts';
import { Pace, type WaitOptions } from './pace.ts';
import { describeStack } from './stack.ts';
import { StackState } from './status.ts';

/**
 * Settles a cancelled deployment on AWS: it cancels an update that the deployment began, which then rolls back; it deletes a stack that
 * the deployment began to create, unless it is protected; it deletes a change set that was not executed. Operations of other deployments
 * are not touched.
 *
 * @returns a description of what was done, as a part of a sentence
 */
export async function settleStack(deployment: StackDeployment, options: WaitOptions = {}): Promise<string> {
  return explained(deployment, async () => {
    const names = new OperationNames(deployment);
    const pace = Pace.of(deployment, options);
    for (let look = 1; ; look += 1) {
      const isLast = look === LOOKS;
      const stack = await describeStack(deployment);
      const operation = stack === undefined ? {} : await latestOperation(deployment, names, stack);
      if (stack !== undefined && operation.begun !== undefined) {
        if (isLast || !isOlder(stack, operation)) return end(deployment, names, stack, operation, pace, options);
      } else {
        const withdrawn = stack === undefined ? undefined : await withdraw(deployment, names, pace);
        if (withdrawn !== undefined) return withdrawn;
        if (isLast) return 'nothing had been begun';
      }
      await pace.pause();
    }
  });
}

/**
 * Number of times to look for the deployment. A request that AWS has accepted is visible in the stack, its events and its change sets only
 * after a moment, and an operation that is overlooked here would go on.
 */
const LOOKS = 6;

interface Operation {
  /** `helping`: an earlier settling, or an operation that prepared the stack. The function only waits for its end. */
  readonly begun?: 'deployment' | 'helping';
  readonly ended?: StackState | undefined;
}

/** True when the description of the stack is older than its operation, which is still running according to its events. */
function isOlder({ StackStatus }: Stack, { ended }: Operation): boolean {
  return ended === undefined && StackState.of(StackStatus).readiness !== 'busy';
}

async function end(
  deployment: StackDeployment,
  names: OperationNames,
  stack: Stack,
  { begun, ended }: Operation,
  pace: Pace,
  options: WaitOptions,
): Promise<string> {
  if (ended !== undefined) return `it had ended as ${ended.status} already`;
  const state = StackState.of(stack.StackStatus);
  if (state.status === 'CREATE_IN_PROGRESS' && deployment.protected) {
    return 'the stack is protected, so its creation goes on';
  }
  const asked = begun === 'deployment' && (await stop(deployment, names, stack, state));
  const last = await untilAtRest(deployment, names, stack, pace, options);
  return asked ? `stopped; it ended as ${last}` : `it was ending by itself, as ${last}`;
}

/** The latest operation on the stack, if it is the deployment itself, or was begun by the deployment or by an earlier settling. */
async function latestOperation(
  deployment: StackDeployment,
  names: OperationNames,
  { StackId = '' }: Stack,
): Promise<Operation> {
  const events = await new EventReader(deployment, StackId).next();
  const own = new StackOperation(names.execute);
  for (const event of events) own.take(event);
  if (own.hasBegun) return { begun: 'deployment', ended: own.end };
  const token = events.findLast((event) => event.ofStack && names.owns(event.token))?.token;
  if (token === undefined) return {};
  const first = events.findIndex((event) => event.token === token);
  const last = events.slice(first).find(({ ofStack, status }) => ofStack && StackState.of(status).isSettled);
  return { begun: 'helping', ended: last && StackState.of(last.status) };
}

/** @returns true when AWS was asked to stop the operation, which is not possible during a rollback or clean-up */
async function stop(
  { client, signal }: StackDeployment,
  { settle }: OperationNames,
  { StackId }: Stack,
  { status }: StackState,
): Promise<boolean> {
  const request = { StackName: StackId, ClientRequestToken: settle };
  if (status === 'CREATE_IN_PROGRESS') {
    await client.send(new DeleteStackCommand(request), { abortSignal: signal });
    return true;
  }
  if (status !== 'UPDATE_IN_PROGRESS') return false;
  try {
    await client.send(new CancelUpdateStackCommand(request), { abortSignal: signal });
    return true;
  } catch (error) {
    // The status is no longer UPDATE_IN_PROGRESS.
    if (isValidationError(error)) return false;
    throw error;
  }
}

/** @returns a description of what was done; `undefined` when no change set is visible, or it is being executed */
async function withdraw(deployment: StackDeployment, names: OperationNames, pace: Pace): Promise<string | undefined> {
  const changeSet = await findChangeSet(deployment, names.changeSet);
  if (changeSet === undefined || isExecuted(changeSet)) return undefined;
  try {
    await withdrawChangeSet(deployment, changeSet, names.settle, pace);
  } catch (error) {
    // The execution began between the two requests.
    if (error instanceof InvalidChangeSetStatusException) return undefined;
    throw error;
  }
  return 'its change set was deleted before it was executed';
}

async function untilAtRest(
  deployment: StackDeployment,
  names: OperationNames,
  stack: Stack,
  pace: Pace,
  options: WaitOptions,
): Promise<string> {
  pace.restart();
  for (let looks = 0; ;) {
    const status = (await describeStack(deployment, stack.StackId))?.StackStatus ?? 'DELETE_COMPLETE';
    options.onStatus?.(status);
    if (status === 'DELETE_COMPLETE') return status;
    if (StackState.of(status).isSettled) {
      // The status may still be the one from before the operation.
      const { ended } = await latestOperation(deployment, names, stack);
      looks += 1;
      if (ended !== undefined || looks === LOOKS) return ended?.status ?? status;
    }
    await pace.pause();
  }
}
