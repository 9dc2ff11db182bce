import {
  ContinueUpdateRollbackCommand,
  RollbackStackCommand,
  TokenAlreadyExistsException,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { PermanentError } from '../../../base/errors.ts';
import { deleteStack, hasEverWorked } from './delete.ts';
import type { OperationNames, StackDeployment } from './deployment.ts';
import { isValidationError } from '../../../aws/errors.ts';
import { EventReader } from './events.ts';
import { howToMend } from './follow.ts';
import { STALE_READS, type Pace } from './pace.ts';
import { rootCause } from './diagnose.ts';
import { describeStack } from './stack.ts';
import { StackState } from './status.ts';

/** Number of times that a rollback is continued before a person is asked. */
const CONTINUATIONS = 10;

/**
 * Makes a stuck stack deployable, as far as that is allowed: it rolls back an update that has stopped half-way, continues a failed
 * rollback, and deletes a stack whose creation failed. A stack that has ever been complete is not deleted, except to retry a deletion.
 *
 * @param report called with each action
 * @throws PermanentError when a person has to act
 */
export async function remedy(
  deployment: StackDeployment,
  names: OperationNames,
  pace: Pace,
  stack: Stack,
  report: (status: string) => void,
): Promise<void> {
  const state = StackState.of(stack.StackStatus);
  const { StackId = '' } = stack;
  switch (state.move) {
    case 'recreate':
    case 'delete again':
      await requireDeletable(deployment, stack, state);
      await deleteForGood(deployment, names, pace, StackId, report);
      return;
    case 'roll back':
      report('rolls back the update that stopped half-way');
      await rollBack(deployment, names, pace, stack);
      return;
    case 'continue rollback':
      await continueRollback(deployment, names, pace, stack, report);
      return;
    case 'ask':
    case 'create':
    case 'update':
    case 'wait':
      throw stuck(deployment, state);
  }
}

async function requireDeletable(deployment: StackDeployment, stack: Stack, state: StackState): Promise<void> {
  const { settings = {} } = deployment;
  const again = state.move === 'delete again';
  const key = again ? 'retryDelete' : 'recreate';
  if (settings[key] !== true) throw stuck(deployment, state, `"${key}: true" in the playbook automates this.`);
  if (deployment.protected) throw stuck(deployment, state, 'Its environment is protected, so it is not deleted.');
  if (stack.EnableTerminationProtection === true) throw stuck(deployment, state, 'It has termination protection.');
  // The status says this already. The events are checked as well, because a deletion cannot be undone.
  if (!again && (await hasEverWorked(deployment, stack.StackId ?? ''))) {
    throw stuck(deployment, state, 'It has worked before, so it is not deleted.');
  }
}

async function deleteForGood(
  deployment: StackDeployment,
  names: OperationNames,
  pace: Pace,
  stackId: string,
  report: (status: string) => void,
): Promise<void> {
  const failure = await deleteStack(deployment, stackId, names.delete, pace, (status) => {
    report(`deletes what is left: ${status}`);
  });
  if (failure === undefined) return;
  const { stackName, region } = deployment;
  throw new PermanentError(
    `Stack ${stackName} in ${region} could not be deleted: ${failure}. Delete it, then send retry.`,
  );
}

async function rollBack(deployment: StackDeployment, names: OperationNames, pace: Pace, stack: Stack): Promise<void> {
  const { client, signal } = deployment;
  const command = new RollbackStackCommand({
    StackName: stack.StackId,
    ClientRequestToken: names.rollBack,
    RetainExceptOnCreate: true,
  });
  const request = () => client.send(command, { abortSignal: signal });
  await unlessOvertaken(deployment, pace, stack, names.rollBack, request);
}

async function continueRollback(
  deployment: StackDeployment,
  names: OperationNames,
  pace: Pace,
  stack: Stack,
  report: (status: string) => void,
): Promise<void> {
  const { StackId = '', StackStatus } = stack;
  const events = await new EventReader(deployment, StackId).next();
  const tokens = new Set(events.map(({ token }) => token));
  const time = Array.from({ length: CONTINUATIONS }, (_, index) => index + 1).find(
    (one) => !tokens.has(names.continueRollback(one)),
  );
  if (time === undefined) {
    const why = `It failed another ${CONTINUATIONS} times: ${rootCause(events)}.`;
    throw stuck(deployment, StackState.of(StackStatus), why);
  }
  report(`continues the rollback, time ${time} of ${CONTINUATIONS}`);
  if (time > 1) await pace.pause();
  const { client, signal } = deployment;
  const token = names.continueRollback(time);
  const command = new ContinueUpdateRollbackCommand({ StackName: StackId, ClientRequestToken: token });
  const request = () => client.send(command, { abortSignal: signal });
  await unlessOvertaken(deployment, pace, stack, token, request);
}

/**
 * Sends a request, and ignores a refusal if the stack has changed since: an earlier request whose response was lost, or another
 * deployment, has then begun the same. Otherwise the refusal is thrown.
 */
async function unlessOvertaken(
  deployment: StackDeployment,
  pace: Pace,
  stack: Stack,
  token: string,
  request: () => Promise<unknown>,
): Promise<void> {
  try {
    await request();
  } catch (error) {
    if (!isValidationError(error) && !(error instanceof TokenAlreadyExistsException)) throw error;
    if (await hasMoved(deployment, pace, stack, token)) return;
    throw stuck(deployment, StackState.of(stack.StackStatus), `CloudFormation refuses to do it: ${error.message}`);
  }
}

async function hasMoved(
  deployment: StackDeployment,
  pace: Pace,
  { StackId = '', StackStatus }: Stack,
  token: string,
): Promise<boolean> {
  for (let look = 1; ; look += 1) {
    if ((await describeStack(deployment, StackId))?.StackStatus !== StackStatus) return true;
    const events = await new EventReader(deployment, StackId).next();
    if (events.some((event) => event.token === token)) return true;
    if (look === STALE_READS) return false;
    await pace.pause();
  }
}

function stuck(deployment: StackDeployment, state: StackState, why = ''): PermanentError {
  const { stackName, region } = deployment;
  const message = `Stack ${stackName} in ${region}: it is ${state.status}, and takes no update. ${howToMend(state, deployment)} ${why}`;
  return new PermanentError(message.trimEnd());
}
