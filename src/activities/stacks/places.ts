import { z } from 'zod';
import type { JsonObject } from '../../base/json.ts';
import { own } from '../../base/json.ts';
import { meantBy } from '../../base/match.ts';
import type { BindContext, StepDraft } from '../../plan/kinds.ts';
import { makesRoleOf, roleFor } from './acting.ts';
import { stackNameOf } from './names.ts';
import { stacksSection } from './section.ts';
import { type Handling, ofStacks, type StackEntry } from './shape.ts';

/** One deployment target of a stack: an environment, or the account. */
export interface StackPlace {
  readonly stack: string;
  /** Absent for a stack that the account has once. */
  readonly environment?: string;
  /** Name on AWS: `phase-4-development-network`. */
  readonly stackName: string;
  readonly region: string;
  /** ARN of the role to assume there, or a reference to it. Absent: the worker's own credentials. */
  readonly role?: string;
  readonly protected: boolean;
}

/** Input of a `step.stacks` activity. References in parameters have been resolved. */
export const stackInput = z.object({
  stack: z.string(),
  stackName: z.string(),
  region: z.string(),
  role: z.string().optional(),
  environment: z.string().optional(),
  protected: z.boolean(),
  /** Path within the phase folder. */
  template: z.string(),
  /** Hex SHA-256 of the template when the phase was compiled; `null` when it was missing. */
  digest: z.string().nullable(),
  parameters: z.record(z.string(), z.string()),
  capabilities: z.array(z.string()),
  tags: z.record(z.string(), z.string()),
  settings: z
    .object({
      keepParameters: z.array(z.string()).optional(),
      serviceRole: z.string().optional(),
      rollbackAlarms: z.object({ arns: z.array(z.string()), minutes: z.number() }).optional(),
      terminationProtection: z.boolean().optional(),
      stackPolicy: z.record(z.string(), z.json()).optional(),
      whenBusy: z.enum(['wait', 'fail']).optional(),
      recreate: z.boolean().optional(),
      retryDelete: z.boolean().optional(),
      deadlineMs: z.number().optional(),
      templateBucket: z.string().optional(),
    })
    .optional(),
});

/** The known stack names of an entry, each once. Unknown and repeated names are reported. */
export function knownStacks(names: readonly string[], context: BindContext): string[] {
  const { entries } = context.bound(stacksSection);
  return names.filter((name, index) => {
    if (!Object.hasOwn(entries, name)) {
      const hints = meantBy(name, Object.keys(entries));
      context.problem(`there is no stack "${name}"`, { at: [index], ...hints });
      return false;
    }
    if (names.indexOf(name) < index) context.problem(`stack "${name}" is listed twice`, { at: [index] });
    return names.indexOf(name) === index;
  });
}

/** The playbook's entry for a stack; `undefined` when there is no such stack. */
export function entryOf(stack: string, context: BindContext): StackEntry | undefined {
  return own(context.bound(stacksSection).entries, stack);
}

/** The places of a stack: one for each environment, or one for the account. */
export function placesOf(stack: string, context: BindContext): StackPlace[] {
  const { phase, environments } = context;
  const entry = entryOf(stack, context);
  if (entry === undefined) return [];
  if (entry.per === 'account') {
    // The first environment of the playbook counts, whichever environments were chosen: the account has only one such stack.
    const entries = Object.entries(context.everyEnvironment);
    const [first] = entries;
    if (first === undefined) return [];
    return [
      {
        stack,
        stackName: stackNameOf(phase, stack, entry, first[0]),
        region: first[1].region,
        ...roleFor(stack, first[1], context),
        // All environments rely on the stack, so it is protected as soon as one of them is.
        protected: entries.some(([, environment]) => environment.protected),
      },
    ];
  }
  return Object.entries(environments).map(([name, environment]) => ({
    stack,
    environment: name,
    stackName: stackNameOf(phase, stack, entry, name),
    region: environment.region,
    ...roleFor(stack, environment, context),
    protected: environment.protected,
  }));
}

/** Draft of the step that deploys a stack to one place, or looks up an existing stack there. */
export function draftOf(place: StackPlace, entry: StackEntry, context: BindContext): StepDraft {
  const { stack, environment } = place;
  const isExisting = entry.existing !== undefined;
  return {
    name: draftName(place),
    label: `${stack} · ${environment ?? 'account'}`,
    ...(environment === undefined ? {} : { environment }),
    publishes: `stacks.${stack}`,
    // Approval may be needed even in an environment that is not protected: a foreign stack may have that name.
    asks: !isExisting,
    input: isExisting ? { ...place, existing: true } : deploymentInput(place, entry, context),
  };
}

/** Input for the deployment of a stack; see `stackInput`. */
export function deploymentInput(place: StackPlace, entry: StackEntry, context: BindContext): JsonObject {
  const settings = settingsOf(place, entry, context);
  return {
    ...place,
    template: entry.template,
    digest: entry.digest,
    parameters: parametersOf(entry, place.environment, context),
    capabilities: entry.capabilities,
    tags: entry.tags,
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
  };
}

/** Names of the stacks that the phase deploys, in deployment order. */
export function ownStacks(context: BindContext): string[] {
  const { entries, order } = context.bound(stacksSection);
  return order.filter((name) => entries[name]?.existing === undefined);
}

/** Names of the stacks that can be there by the milestone that is being bound: all but those that other milestones deploy, not before it. */
export function stacksByNow(context: BindContext): string[] {
  return context.bound(stacksSection).order.filter((name) => !context.isLater(`stacks.${name}`));
}

/** Reports that a check of all stacks finds none, or no environment. */
export function reportNoStacks(verb: 'check' | 'scan', context: BindContext): void {
  const isLater = context.bound(stacksSection).order.length > 0 && Object.keys(context.environments).length > 0;
  if (isLater) {
    context.problem(`neither this milestone nor one before it deploys a stack, so there is nothing to ${verb}`, {
      suggestion: 'Name the stacks, or check them in the milestone that deploys them.',
    });
  } else {
    context.problem(`the playbook deploys no stacks, so there is nothing to ${verb}`, {
      suggestion: 'Add "stacks:" and "environments:".',
    });
  }
}

/** The same without existing stacks, which the phase does not deploy. */
export function ownStacksByNow(context: BindContext): string[] {
  return stacksByNow(context).filter((name) => entryOf(name, context)?.existing === undefined);
}

/** Like `knownStacks`, but reports existing stacks too, which the phase does not deploy. `why` ends the message. */
export function knownOwnStacks(names: readonly string[], why: string, context: BindContext): string[] {
  return knownStacks(names, context).filter((name) => {
    if (entryOf(name, context)?.existing === undefined) return true;
    context.problem(`stack "${name}" is not deployed by this phase, so ${why}`, { at: [names.indexOf(name)] });
    return false;
  });
}

/** The deployment settings of a stack: those of the environment, overridden by those of the stack. */
function settingsOf({ environment }: StackPlace, entry: StackEntry, { everyEnvironment }: BindContext): JsonObject {
  const first = Object.keys(everyEnvironment)[0] ?? '';
  const around = everyEnvironment[environment ?? first];
  const ofAll = around === undefined ? undefined : ofStacks(around);
  const { deadline, ...handling } = { ...stated(handlingOf(ofAll ?? {})), ...stated(handlingOf(entry)) };
  return stated({
    ...handling,
    deadlineMs: deadline === undefined ? undefined : deadline * 1000,
    keepParameters: entry.keepParameters,
    stackPolicy: entry.stackPolicy,
    templateBucket: ofAll?.templateBucket,
  });
}

function handlingOf(from: Handling): Handling {
  const { serviceRole, rollbackAlarms, terminationProtection, whenBusy, recreate, retryDelete, deadline } = from;
  return { serviceRole, rollbackAlarms, terminationProtection, whenBusy, recreate, retryDelete, deadline };
}

/** The keys that have a value: an undefined value must not override another one, and need not be recorded. */
function stated<T extends object>(values: T): T & JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T & JsonObject;
}

/** Name of a step's draft, which becomes the last part of the step's id. */
export function draftName({ stack, environment }: StackPlace): string {
  return `${stack}/${environment ?? 'account'}`;
}

/** The parameters of the environment that the template declares, overridden by those of the stack. */
function parametersOf(
  { declaredParameters, parameters }: StackEntry,
  environment: string | undefined,
  { environments }: BindContext,
): { [name: string]: string } {
  const around = environment === undefined ? undefined : environments[environment];
  const shared = around === undefined ? {} : ofStacks(around).parameters;
  const declared = Object.entries(shared).filter(([name]) => declaredParameters.includes(name));
  return { ...Object.fromEntries(declared), ...parameters };
}

/** `all`, or names of stacks that the phase deploys. */
export const chosenStacks = z.union([z.literal('all'), z.array(z.string()).min(1, 'names of stacks')]);

/**
 * The stacks that an entry chooses, in deployment order. `all` includes stacks that the account has once only when all environments are
 * chosen too.
 */
export function stacksChosen(entry: z.output<typeof chosenStacks>, why: string, context: BindContext): string[] {
  const isEverywhere = Object.keys(context.environments).length === Object.keys(context.everyEnvironment).length;
  if (entry === 'all') {
    return ownStacks(context).filter((name) => isEverywhere || entryOf(name, context)?.per !== 'account');
  }
  const known = knownOwnStacks(entry, why, context);
  return context.bound(stacksSection).order.filter((name) => known.includes(name));
}

/**
 * Drafts of the steps that deploy stacks. Each needs the steps of the stacks that its stack imports from, in the same environment, and
 * of the stack that makes its role. With `promote`, each also needs all steps of the environment before.
 */
export function orderedDrafts(names: readonly string[], context: BindContext, promote: boolean): StepDraft[] {
  const places = names.flatMap((name) => placesOf(name, context));
  if (promote) reportBetween(places, context);
  return places.flatMap((place) => {
    const entry = entryOf(place.stack, context);
    if (entry === undefined) return [];
    const needs = places.filter(
      (other) =>
        isImported(place, other, context) ||
        makesRoleOf(place, other) ||
        (promote && isPromotedFrom(place, other, context)),
    );
    return [{ ...draftOf(place, entry, context), needs: needs.map(draftName) }];
  });
}

function isImported(place: StackPlace, other: StackPlace, context: BindContext): boolean {
  return (
    context.bound(stacksSection).before[place.stack]?.includes(other.stack) === true &&
    (place.environment === undefined || other.environment === undefined || other.environment === place.environment)
  );
}

function isPromotedFrom(place: StackPlace, other: StackPlace, { environments }: BindContext): boolean {
  if (place.environment === undefined || other.environment === undefined) return false;
  const order = Object.keys(environments);
  return order.indexOf(other.environment) === order.indexOf(place.environment) - 1;
}

/** Reports a stack of the account that imports from the environments while they import from it: `promote` then has no valid order. */
function reportBetween(places: readonly StackPlace[], context: BindContext): void {
  if (Object.keys(context.environments).length < 2) return;
  const ofEnvironments = places.filter(({ environment }) => environment !== undefined);
  for (const place of places.filter(({ environment }) => environment === undefined)) {
    const takes = ofEnvironments.some((other) => isImported(place, other, context));
    const gives = ofEnvironments.some((other) => isImported(other, place, context));
    if (!takes || !gives) continue;
    context.problem(
      `stack "${place.stack}" of the account imports from the environments and they from it, so "promote" has no order`,
      { at: ['promote'], suggestion: 'Deploy it in a step of its own.' },
    );
  }
}
