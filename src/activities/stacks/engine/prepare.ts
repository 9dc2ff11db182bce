import {
  AlreadyExistsException,
  type Parameter,
  type Stack,
  TokenAlreadyExistsException,
} from '@aws-sdk/client-cloudformation';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isValidationError } from '../../../aws/errors.ts';
import { sha256 } from '../../../base/digest.ts';
import { PermanentError } from '../../../base/errors.ts';
import { quoteAll } from '../../../base/text.ts';
import { readTemplate, type Template } from '../template.ts';
import {
  type ChangeSet,
  createChangeSet,
  findChangeSet,
  goesThroughBucket,
  isMadeOf,
  templateSource,
  untilWorkedOut,
} from './change-set.ts';
import { withdrawChangeSet } from './delete.ts';
import type { OperationNames, StackDeployment, TemplateFile } from './deployment.ts';
import type { Pace } from './pace.ts';
import { describeStack } from './stack.ts';
import { StackState } from './status.ts';

/** IAM is eventually consistent: it takes a while until CloudFormation can assume a new role. Time to keep trying, in milliseconds. */
const ROLE_MS = 2 * 60 * 1000;

/** A template, as text and as data. */
export interface DeployedTemplate {
  readonly body: string;
  readonly template: Template;
}

/** @throws TemplateError when the template differs from the compiled one, or cannot be read */
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
 * Creates the deployment's change set, or finds it if an earlier attempt has created it, and waits until AWS has computed the changes.
 * Executes nothing.
 *
 * @param stack the current stack; `undefined` when there is none
 * @returns `undefined` when the stack has changed in the meantime and has to be described again
 * @throws PermanentError when a parameter has no value, or the template is too large or was replaced in the bucket
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
    `Stack ${stackName} in ${region}: the template that CloudFormation read from the template bucket is not ${template.path}. ` +
      'Another writer has replaced it. Remove that write access, then send retry.',
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
    // Macros can create nested stacks that the text does not contain.
    includeNested: template.hasNestedStacks || template.dependsOnMore,
  };
  const giveUp = Date.now() + ROLE_MS;
  for (;;) {
    try {
      return await createChangeSet(deployment, names, contents);
    } catch (error) {
      // It exists already: an earlier attempt created it, or the response to an earlier request was lost.
      if (alreadyExists(error)) return (await findOwn(deployment, names))?.id;
      if (isRoleNotReady(error) && Date.now() < giveUp) await pace.pause();
      else if (isOvertaken(error) || (isValidationError(error) && (await isBusy(deployment)))) return undefined;
      else throw error;
    }
  }
}

/** Finds the deployment's own change set. There is none if the stack was created elsewhere in the meantime. */
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

/** True when the stack was created after it had been described, or another operation is running on it. */
function isOvertaken(error: unknown): boolean {
  return (
    isValidationError(error) &&
    (error.message.includes('already exists and cannot be created again with the changeSet') ||
      / is in \w+_IN_PROGRESS state and can ?not be updated/.test(error.message))
  );
}

/** True when another operation is running on the stack. CloudFormation's error tells this only in its text; the status is reliable. */
async function isBusy(deployment: StackDeployment): Promise<boolean> {
  const stack = await describeStack(deployment);
  return stack !== undefined && StackState.of(stack.StackStatus).readiness === 'busy';
}

function isRoleNotReady(error: unknown): boolean {
  return isValidationError(error) && error.message.includes('is invalid or cannot be assumed');
}

/**
 * Checks that every parameter has a value: given, kept, or the template's default. Sends no request to AWS.
 *
 * @throws PermanentError that names the parameters without a value
 */
export function requireParameters(
  { parameters, settings = {}, ...deployment }: StackDeployment,
  template: Template,
): void {
  const kept = settings.keepParameters ?? [];
  const missing = template.required.filter((name) => !Object.hasOwn(parameters, name) && !kept.includes(name));
  if (missing.length > 0) throw withoutValue(deployment, missing);
}

/**
 * The parameters of a change set. A parameter can be kept only if the stack has it: AWS accepts no previous value for a new stack, or for
 * a parameter that is new in the template.
 *
 * @param stack the current stack; `undefined` when it is to be created
 * @throws PermanentError when a parameter without a default is to be kept and the stack does not have it
 */
function parametersFor(
  { parameters, settings = {}, ...deployment }: StackDeployment,
  template: Template,
  stack: Stack | undefined,
): Parameter[] {
  const given = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));
  const kept = (settings.keepParameters ?? []).filter(
    (name) => template.parameters.includes(name) && !Object.hasOwn(parameters, name),
  );
  const there = new Set(stack?.Parameters?.map(({ ParameterKey }) => ParameterKey));
  const missing = kept.filter((name) => !there.has(name) && template.required.includes(name));
  if (missing.length > 0) throw withoutValue(deployment, missing);
  const previous = kept
    .filter((name) => there.has(name))
    .map((ParameterKey) => ({ ParameterKey, UsePreviousValue: true }));
  return [...given, ...previous];
}

function withoutValue({ stackName, region }: Pick<StackDeployment, 'stackName' | 'region'>, names: readonly string[]) {
  return new PermanentError(
    `Stack ${stackName} in ${region}: there is no value for ${quoteAll(names)}, and the template has no default. ` +
      'Give one under "parameters" of the stack or of the environment.',
  );
}

/** The template cannot be deployed. */
export class TemplateError extends PermanentError {
  /** The problem, without the instructions for a running phase. */
  readonly found: string;

  /** @param next rest of the message with the instructions, beginning with punctuation */
  constructor(found: string, next: string) {
    super(`${found}${next}`);
    this.found = `${found}.`;
  }
}

/**
 * Reads a template, and checks that it is the one that was compiled into the plan: only the reviewed template is deployed.
 *
 * @throws TemplateError when the template has changed or cannot be read
 */
async function readTemplateFile({ folder, path, digest }: TemplateFile): Promise<string> {
  let body: string;
  try {
    body = await readFile(join(folder, path), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ENOENT'
      ? new TemplateError(`Template ${path} does not exist in the phase folder`, '; add it and send retry.')
      : new TemplateError(`Template ${path} cannot be read (${String(code)})`, '; mend that and send retry.');
  }
  if (sha256(body) !== digest) {
    const read = readTemplate(body);
    const found = `Template ${path} has changed since the phase started`;
    throw 'problem' in read
      ? new TemplateError(`${found}, and cannot be read: ${read.problem}`, '. Mend it and send retry.')
      : new TemplateError(found, '; send retry to take the new one.');
  }
  return body;
}
