import { AlreadyExistsException, TokenAlreadyExistsException, type Stack } from '@aws-sdk/client-cloudformation';
import { createChangeSet, deleteChangeSet, findChangeSet, isPending, type ChangeSet } from './change-set.ts';
import { readTemplate, type Template } from '../plan/templates.ts';
import type { OperationNames, StackDeployment } from './deployment.ts';
import { isValidationError } from './errors.ts';
import type { Pace } from './pace.ts';
import { parametersFor } from './parameters.ts';
import { describeStack } from './stack.ts';
import { StackState } from './stack-status.ts';
import { templateSource } from './template-bucket.ts';
import { readTemplateFile, TemplateError } from './template.ts';

/** A role that was created just now cannot be assumed at once everywhere; that long it is tried. */
const ROLE_MS = 2 * 60 * 1000;
const GONE_LOOKS = 30;

/** A template as text, and what it says. */
export interface DeployedTemplate {
  readonly body: string;
  readonly template: Template;
}

/** @throws TemplateError when it is not the one that was compiled, or is no template */
export async function loadTemplate(deployment: StackDeployment): Promise<DeployedTemplate> {
  const body = await readTemplateFile(deployment.template);
  const read = readTemplate(body);
  if ('template' in read) return { body, template: read.template };
  throw new TemplateError(
    `Template ${deployment.template.path} cannot be read: ${read.problem}`,
    '. Mend it and send retry.',
  );
}

/**
 * Creates the deployment's change set, or finds it where it has been created before, and waits until AWS has worked out what
 * would change. Executes nothing.
 *
 * @param stack the stack as it is; absent where there is none
 * @returns nothing when the stack has changed meanwhile and has to be looked at again
 * @throws PermanentError when a parameter has no value, or the template is too large
 */
export async function prepareChangeSet(
  deployment: StackDeployment,
  names: OperationNames,
  pace: Pace,
  source: DeployedTemplate,
  stack: Stack | undefined,
): Promise<ChangeSet | undefined> {
  const id = await requestChangeSet(deployment, names, pace, source, stack);
  if (id === undefined) return undefined;
  pace.restart();
  let changeSet = await findChangeSet(deployment, id);
  while (changeSet !== undefined && isPending(changeSet)) {
    await pace.pause();
    changeSet = await findChangeSet(deployment, id);
  }
  return changeSet;
}

/** Deletes a change set and waits until its name is free again. */
export async function discardChangeSet(deployment: StackDeployment, pace: Pace, changeSet: ChangeSet): Promise<void> {
  await deleteChangeSet(deployment, changeSet);
  for (let look = 1; look < GONE_LOOKS; look += 1) {
    if ((await findChangeSet(deployment, changeSet.id)) === undefined) return;
    await pace.pause();
  }
}

async function requestChangeSet(
  deployment: StackDeployment,
  names: OperationNames,
  pace: Pace,
  { body, template }: DeployedTemplate,
  stack: Stack | undefined,
): Promise<string | undefined> {
  const current = stack !== undefined && StackState.of(stack.StackStatus).readiness === 'ready' ? stack : undefined;
  const contents = {
    type: current === undefined ? ('CREATE' as const) : ('UPDATE' as const),
    token: names.create(current?.LastUpdatedTime),
    source: await templateSource(deployment, body),
    parameters: parametersFor(deployment, template, current),
    includeNested: template.hasNestedStacks,
  };
  const giveUp = Date.now() + ROLE_MS;
  for (;;) {
    try {
      return await createChangeSet(deployment, names, contents);
    } catch (error) {
      // It exists: an earlier attempt created it, or the answer to our own request was lost.
      if (alreadyExists(error)) return (await findOwn(deployment, names))?.id;
      if (isRoleNotReady(error) && Date.now() < giveUp) await pace.pause();
      else if (isValidationError(error) && (await isBusy(deployment))) return undefined;
      else throw error;
    }
  }
}

/** What already exists may also be a stack that somebody has created meanwhile, without any change set of ours. */
async function findOwn(deployment: StackDeployment, names: OperationNames): Promise<ChangeSet | undefined> {
  try {
    return await findChangeSet(deployment, names.changeSet);
  } catch (error) {
    if (isValidationError(error)) return undefined;
    throw error;
  }
}

function alreadyExists(error: unknown): boolean {
  return error instanceof AlreadyExistsException || error instanceof TokenAlreadyExistsException;
}

/** CloudFormation has only words for a stack that somebody else has begun to change meanwhile; its status says the same. */
async function isBusy(deployment: StackDeployment): Promise<boolean> {
  const stack = await describeStack(deployment);
  return stack !== undefined && StackState.of(stack.StackStatus).readiness === 'busy';
}

function isRoleNotReady(error: unknown): boolean {
  return isValidationError(error) && error.message.includes('is invalid or cannot be assumed');
}
