import type { Stack } from '@aws-sdk/client-cloudformation';
import type { StackAddress } from '../../../aws/clients.ts';
import { explained, isValidationError } from '../../../aws/errors.ts';
import { PermanentError } from '../../../base/errors.ts';
import { templateResources } from '../template.ts';
import { type ChangeSet, findChangeSet, isWithoutChanges } from './change-set.ts';
import { destructiveChanges, readChanges, type ResourceChange } from './changes.ts';
import { listChangeSets, withdrawChangeSet } from './delete.ts';
import { descriptionOf, OperationNames, settleToken, type StackDeployment } from './deployment.ts';
import { diagnoseChangeSet } from './diagnose.ts';
import { Pace } from './pace.ts';
import { type DeployedTemplate, loadTemplate, prepareChangeSet, requireParameters, TemplateError } from './prepare.ts';
import { isAsWanted } from './skip.ts';
import { describeStack } from './stack.ts';
import { StackState } from './status.ts';

/** The effect that a deployment would have on a stack. */
export interface StackPreview {
  /** `unknown`: the effect cannot be told, for the `reason` given. */
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'unknown';
  readonly changes: readonly PreviewedChange[];
  readonly reason?: string;
}

/** A change without the values, which may be secret. */
export interface PreviewedChange extends Omit<ResourceChange, 'before' | 'after'> {
  readonly mayDestroyData: boolean;
}

export interface PreviewOptions {
  /** Reason why parameters have no values yet, if they have none. */
  readonly withoutValues?: string | undefined;
  /** Shortest pause between two polls, in milliseconds. Default: 500. */
  readonly shortestPauseMs?: number | undefined;
}

const TEN_MINUTES = 10 * 60 * 1000;

/**
 * Previews a deployment with a change set that is never executed. The change set is deleted afterwards, together with the empty stack that
 * it creates if the stack did not exist. If AWS cannot preview a new stack, because exports that it imports do not exist yet, the preview
 * is made from its template alone.
 */
export async function previewStack(deployment: StackDeployment, options: PreviewOptions = {}): Promise<StackPreview> {
  const stack = await explained(deployment, () => describeStack(deployment));
  const state = stack && StackState.of(stack.StackStatus);
  if (state?.readiness === 'busy') return unknown(`an operation is running on it (${state.status})`);
  if (state?.readiness === 'stuck') return unknown(`it is ${state.status}, and takes no update`);
  const current = state?.readiness === 'ready' ? stack : undefined;
  try {
    const source = await loadTemplate(deployment);
    const { withoutValues } = options;
    if (withoutValues !== undefined) return cannotAsk(current, source, withoutValues);
    requireParameters(deployment, source.template);
    return await ask(deployment, source, stack, current, options);
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    return unknown(error instanceof TemplateError ? error.found : error.message);
  }
}

async function ask(
  deployment: StackDeployment,
  source: DeployedTemplate,
  stack: Stack | undefined,
  current: Stack | undefined,
  { shortestPauseMs }: PreviewOptions,
): Promise<StackPreview> {
  const names = new OperationNames(deployment);
  const pace = new Pace(deployment, Date.now() + TEN_MINUTES, shortestPauseMs);
  let isAnswered = true;
  try {
    return await explained(deployment, async () => {
      if (current !== undefined && (await isAsWanted(deployment, source.template, current))) return unchanged;
      const changeSet = await prepareChangeSet(deployment, names, pace, source, stack);
      if (changeSet === undefined) return unknown('another deployment has begun to change it');
      if (current !== undefined && isWithoutChanges(changeSet)) return unchanged;
      if (changeSet.status === 'FAILED') {
        return cannotAsk(current, source, await diagnoseChangeSet(deployment, changeSet));
      }
      return told(current, await readChanges(deployment, changeSet.id));
    });
  } catch (error) {
    isAnswered = error instanceof PermanentError;
    if (!(error instanceof PermanentError)) throw error;
    return cannotAsk(current, source, error.message);
  } finally {
    await withdrawPlan(deployment, names, { isAnswered, shortestPauseMs });
  }
}

const unchanged: StackPreview = { outcome: 'unchanged', changes: [] };

function unknown(reason: string): StackPreview {
  return { outcome: 'unknown', changes: [], reason };
}

function told(current: Stack | undefined, all: readonly ResourceChange[]): StackPreview {
  const destructive = new Set(destructiveChanges(all).map(({ resource }) => resource));
  const changes = all.map(({ before: _before, after: _after, ...change }) => ({
    ...change,
    mayDestroyData: destructive.has(change.resource),
  }));
  return { outcome: current === undefined ? 'created' : 'updated', changes };
}

function cannotAsk(current: Stack | undefined, { body }: DeployedTemplate, why: string): StackPreview {
  if (current !== undefined) return unknown(why);
  const changes = Object.entries(templateResources(body)).map(([resource, { type }]) => ({
    resource,
    type,
    action: 'Add',
    properties: [],
    mayDestroyData: false,
  }));
  return { outcome: 'created', changes, reason: `told from the template alone: ${why}` };
}

/** AWS may take minutes to create a change set, which can be deleted only then. */
const LONGEST_MS = 5 * 60 * 1000;
/** Number of times to look for the change set of a request without a response. It is visible only after a moment. */
const LOOKS = 6;

interface Pausing {
  /** Shortest pause between two polls, in milliseconds. Default: 500. */
  readonly shortestPauseMs?: number | undefined;
}

/**
 * Deletes the change set of a preview, together with the empty stack that it created if the stack did not exist. It ignores cancellation,
 * because a person could find and execute a change set that remains.
 *
 * @param options `isAnswered`: true when AWS has responded to the preview's last request
 */
async function withdrawPlan(
  preview: StackAddress,
  names: OperationNames,
  { isAnswered, shortestPauseMs }: Pausing & { readonly isAnswered: boolean },
): Promise<void> {
  const address = { ...preview, signal: AbortSignal.timeout(LONGEST_MS) };
  const pace = new Pace(address, Date.now() + LONGEST_MS, shortestPauseMs);
  await explained(address, async () => {
    for (let look = 1; ; look += 1) {
      const changeSet = await whereStackIs(() => findChangeSet(address, names.changeSet));
      if (changeSet !== undefined) return takeBack(address, changeSet, names.settle, pace);
      if (isAnswered || look === LOOKS) return;
      await pace.pause();
    }
  });
}

/**
 * Deletes the change set that a preview has left when its process was killed. It is found by its description, because its name depends on
 * parameter values that may have changed.
 *
 * @param preview the stack, with the identity of the preview
 */
export async function withdrawPreview(
  preview: StackAddress & { readonly identity: string },
  { shortestPauseMs }: Pausing = {},
): Promise<void> {
  const pace = new Pace(preview, Date.now() + LONGEST_MS, shortestPauseMs);
  const description = descriptionOf(preview.identity);
  await explained(preview, async () => {
    const all = (await whereStackIs(() => listChangeSets(preview, preview.stackName))) ?? [];
    const own = all.filter(({ Description }) => Description === description);
    for (const { ChangeSetId = '', ChangeSetName = '' } of own) {
      const changeSet = await findChangeSet(preview, ChangeSetId);
      if (changeSet !== undefined) await takeBack(preview, changeSet, settleToken(ChangeSetName), pace);
    }
  });
}

async function takeBack(address: StackAddress, changeSet: ChangeSet, token: string, pace: Pace): Promise<void> {
  await withdrawChangeSet(address, changeSet, token, pace);
  while ((await describeStack(address, changeSet.stackId))?.StackStatus === 'DELETE_IN_PROGRESS') await pace.pause();
}

/** Returns `undefined` when there is no stack, for which CloudFormation returns an error. */
async function whereStackIs<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isValidationError(error)) return undefined;
    throw error;
  }
}
