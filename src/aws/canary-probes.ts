import type { Canary, Seen } from './canary.ts';
import { BROKEN, canaryTemplate, failingTemplate } from './canary-templates.ts';
import { createChangeSet, executeChangeSet, findChangeSet, isWithoutChanges } from './change-set.ts';
import { deleteStack, withdrawChangeSet } from './delete-stack.ts';
import { deployStack } from './deploy-stack.ts';
import { OperationNames, type StackDeployment } from './deployment.ts';
import { howToMend } from './follow.ts';
import { Pace } from './pace.ts';
import { loadTemplate, prepareChangeSet } from './prepare.ts';
import { settleStack } from './settle-stack.ts';
import { describeStack } from './stack.ts';
import { StackState } from './stack-status.ts';

const TEN_MINUTES = 10 * 60 * 1000;

/** AWS answers a repetition with the change set that there is; whoever answers that it exists already is understood as well. */
export async function repeatCreate(canary: Canary): Promise<Seen> {
  const deployment = await canary.deployment(canaryTemplate('zero', 1));
  const names = new OperationNames(deployment);
  const { body } = await loadTemplate(deployment);
  const contents = {
    type: 'CREATE' as const,
    token: names.create(undefined),
    source: { TemplateBody: body },
    parameters: [],
    includeNested: false,
  };
  const first = await createChangeSet(deployment, names, contents);
  const second = await createChangeSet(deployment, names, contents).catch((error: unknown) => error as Error);
  await takeBack(deployment, names);
  if (second === first) return { seen: 'the same id', verdict: 'ok' };
  if (typeof second === 'string') return { seen: 'another id', verdict: 'failed' };
  return { seen: second.name, verdict: second.name.startsWith('AlreadyExists') ? 'differs from AWS' : 'failed' };
}

/** The words by which an empty change set is told from one that failed. */
export async function updateWithoutChanges(canary: Canary, template: string): Promise<Seen> {
  const deployment = await canary.deployment(template);
  const names = new OperationNames(deployment);
  const stack = await describeStack(deployment);
  const changeSet = await prepareChangeSet(
    deployment,
    names,
    paceOf(deployment),
    await loadTemplate(deployment),
    stack,
  );
  await takeBack(deployment, names);
  if (changeSet === undefined) return { seen: 'somebody else is at work on the stack', verdict: 'failed' };
  const { status = 'no status', reason } = changeSet;
  return { seen: `${status}: ${reason}`, verdict: isWithoutChanges(changeSet) ? 'ok' : 'failed' };
}

/** Cancelled as the engine cancels, as soon as it has begun. */
export async function cancelUpdate(canary: Canary, template: string): Promise<Seen> {
  const deployment = await canary.deployment(template);
  const names = new OperationNames(deployment);
  const pace = paceOf(deployment);
  const stack = await describeStack(deployment);
  const changeSet = await prepareChangeSet(deployment, names, pace, await loadTemplate(deployment), stack);
  if (changeSet === undefined) return { seen: 'somebody else is at work on the stack', verdict: 'failed' };
  await executeChangeSet(deployment, changeSet, names);
  const settled = await settleStack(deployment);
  const status = (await describeStack(deployment))?.StackStatus ?? 'gone';
  return { seen: `${status} (${settled})`, verdict: status === 'UPDATE_ROLLBACK_COMPLETE' ? 'ok' : 'failed' };
}

/** The engine's own words are what a person would read. */
export async function createFails(canary: Canary, stackName: string): Promise<Seen> {
  const template = failingTemplate(`${stackName}-nobody`);
  const deployment = { ...(await canary.deployment(template, stackName)), capabilities: ['CAPABILITY_IAM'] };
  try {
    await deployStack(deployment);
    return { seen: 'it was created', verdict: 'failed' };
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    // What a person would have to do next, the canary does itself.
    const seen = told.replace(howToMend(StackState.of('ROLLBACK_COMPLETE'), deployment), '').trimEnd();
    return { seen, verdict: seen.includes(`AWS::IAM::Policy ${BROKEN}: `) ? 'ok' : 'failed' };
  }
}

/** Asked for twice with one token, as after a lost answer. */
export async function deleteAgain(canary: Canary, stackName: string): Promise<Seen> {
  const deployment = await canary.deployment(canaryTemplate('one', 1));
  const stackId = (await describeStack(deployment))?.StackId;
  if (stackId === undefined) return { seen: `there is no stack ${stackName}`, verdict: 'failed' };
  const token = new OperationNames(deployment).delete;
  const failures = [
    await deleteStack(deployment, stackId, token, paceOf(deployment)),
    await deleteStack(deployment, stackId, token, paceOf(deployment)),
  ].filter((failure) => failure !== undefined);
  const status = (await describeStack(deployment, stackId))?.StackStatus ?? 'nothing under its id';
  const isGone = (await describeStack(deployment)) === undefined && failures.length === 0;
  if (!isGone) return { seen: failures.join('; ') || status, verdict: 'failed' };
  return { seen: status, verdict: status === 'DELETE_COMPLETE' ? 'ok' : 'differs from AWS' };
}

async function takeBack(deployment: StackDeployment, names: OperationNames): Promise<void> {
  const changeSet = await findChangeSet(deployment, names.changeSet);
  if (changeSet === undefined) return;
  const pace = paceOf(deployment);
  await withdrawChangeSet(deployment, changeSet, names.settle, pace);
  while ((await describeStack(deployment, changeSet.stackId))?.StackStatus === 'DELETE_IN_PROGRESS') await pace.pause();
}

function paceOf(deployment: StackDeployment): Pace {
  return new Pace(deployment, Date.now() + TEN_MINUTES);
}
