import { AlreadyExistsException, TokenAlreadyExistsException, type Stack } from '@aws-sdk/client-cloudformation';
import { createChangeSet, findChangeSet, untilWorkedOut, type ChangeSet } from './change-set.ts';
import { PermanentError } from '../activities/define.ts';
import { readTemplate, type Template } from '../plan/templates.ts';
import { withdrawChangeSet } from './delete-stack.ts';
import type { OperationNames, StackDeployment } from './deployment.ts';
import { isValidationError } from './errors.ts';
import type { Pace } from './pace.ts';
import { parametersFor } from './parameters.ts';
import { describeStack } from './stack.ts';
import { StackState } from './stack-status.ts';
import { goesThroughBucket, isMadeOf, templateSource } from './template-bucket.ts';
import { readTemplateFile, TemplateError } from './template.ts';

/** A role that was created just now cannot be assumed at once everywhere; that long it is tried. */
const ROLE_MS = 2 * 60 * 1000;

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
 * @throws PermanentError when a parameter has no value, or the template is too large or was exchanged on its way
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
  const changeSet = await untilWorkedOut(deployment, pace, id);
  const isComplete = changeSet?.status === 'CREATE_COMPLETE';
  if (!isComplete || !goesThroughBucket(source.body) || (await isMadeOf(deployment, changeSet, source.body))) {
    return changeSet;
  }
  await withdrawChangeSet(deployment, changeSet, names.settle, pace);
  const { stackName, region, template } = deployment;
  throw new PermanentError(
    `Stack ${stackName} in ${region}: what CloudFormation read from the template bucket is not ${template.path}. ` +
      'Somebody else writes to that bucket; mend that, then send retry.',
  );
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
    // Macros make nested stacks of which the text says nothing.
    includeNested: template.hasNestedStacks || template.dependsOnMore,
  };
  const giveUp = Date.now() + ROLE_MS;
  for (;;) {
    try {
      return await createChangeSet(deployment, names, contents);
    } catch (error) {
      // It exists: an earlier attempt created it, or the answer to our own request was lost.
      if (alreadyExists(error)) return (await findOwn(deployment, names))?.id;
      if (isRoleNotReady(error) && Date.now() < giveUp) await pace.pause();
      else if (isOvertaken(error) || (isValidationError(error) && (await isBusy(deployment)))) return undefined;
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

/** Somebody has created the stack since it was described, or is at work on it, whatever an older description says. */
function isOvertaken(error: unknown): boolean {
  return (
    isValidationError(error) &&
    (error.message.includes('already exists and cannot be created again with the changeSet') ||
      / is in \w+_IN_PROGRESS state and can ?not be updated/.test(error.message))
  );
}

/** CloudFormation has only words for a stack that somebody else has begun to change meanwhile; its status says the same. */
async function isBusy(deployment: StackDeployment): Promise<boolean> {
  const stack = await describeStack(deployment);
  return stack !== undefined && StackState.of(stack.StackStatus).readiness === 'busy';
}

function isRoleNotReady(error: unknown): boolean {
  return isValidationError(error) && error.message.includes('is invalid or cannot be assumed');
}
