import { z } from 'zod';
import type { JsonObject } from '../../base/json.ts';
import { own } from '../../base/json.ts';
import { meantBy } from '../../base/match.ts';
import type { BindContext, StepDraft } from '../../plan/kinds.ts';
import type { Environment } from '../../plan/section.ts';
import { stackNameOf } from './names.ts';
import { stacksSection } from './section.ts';
import { type Handling, ofStacks, type StackEntry } from './shape.ts';

/** A stack as one environment, or the whole account, has it. */
export interface StackPlace {
  readonly stack: string;
  /** Absent for a stack that the account has once. */
  readonly environment?: string;
  /** Name on AWS: `phase-4-development-network`. */
  readonly stackName: string;
  readonly region: string;
  /** ARN of the role in which to act there; absent: as the worker itself. */
  readonly role?: string;
  readonly protected: boolean;
}

/** What a `step.stacks` activity is given; references in parameters have been resolved by then. */
export const stackInput = z.object({
  stack: z.string(),
  stackName: z.string(),
  region: z.string(),
  role: z.string().optional(),
  environment: z.string().optional(),
  protected: z.boolean(),
  /** Path within the phase folder. */
  template: z.string(),
  /** Hex SHA-256 of the template when the phase was compiled; `null` where it was missing. */
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

/** Stack names of an entry, each known and named once; problems are reported where they stand. */
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

/** What the playbook says of a stack; nothing where there is none of that name. */
export function entryOf(stack: string, context: BindContext): StackEntry | undefined {
  return own(context.bound(stacksSection).entries, stack);
}

/** Where a stack is deployed: once for each environment, or once for the account. */
export function placesOf(stack: string, context: BindContext): StackPlace[] {
  const { phase, environments } = context;
  const entry = entryOf(stack, context);
  if (entry === undefined) return [];
  if (entry.per === 'account') {
    // Wherever it is asked for, it is the same one.
    const entries = Object.entries(context.everyEnvironment);
    const [first] = entries;
    if (first === undefined) return [];
    return [
      {
        stack,
        stackName: stackNameOf(phase, stack, entry, first[0]),
        region: first[1].region,
        ...roleIn(first[1]),
        // What every environment relies on is protected as soon as one of them is.
        protected: entries.some(([, environment]) => environment.protected),
      },
    ];
  }
  return Object.entries(environments).map(([name, environment]) => ({
    stack,
    environment: name,
    stackName: stackNameOf(phase, stack, entry, name),
    region: environment.region,
    ...roleIn(environment),
    protected: environment.protected,
  }));
}

function roleIn({ role }: Environment): { role?: string } {
  return role === undefined ? {} : { role };
}

/** Draft of the step that deploys a stack to one place, or finds it there where somebody else deploys it. */
export function draftOf(place: StackPlace, entry: StackEntry, context: BindContext): StepDraft {
  const { stack, environment } = place;
  const isExisting = entry.existing !== undefined;
  return {
    name: draftName(place),
    label: `${stack} · ${environment ?? 'account'}`,
    ...(environment === undefined ? {} : { environment }),
    publishes: `stacks.${stack}`,
    // Also where nothing is protected: a stack of that name may be somebody else's.
    asks: !isExisting,
    input: isExisting ? { ...place, existing: true } : deploymentInput(place, entry, context),
  };
}

/** What a stack is deployed with; see `stackInput`. */
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

/** Names of the stacks that are deployed here, in deployment order. */
export function ownStacks(context: BindContext): string[] {
  const { entries, order } = context.bound(stacksSection);
  return order.filter((name) => entries[name]?.existing === undefined);
}

/** As `knownStacks`, and each deployed here; `why` tells what cannot be done with others. */
export function knownOwnStacks(names: readonly string[], why: string, context: BindContext): string[] {
  return knownStacks(names, context).filter((name) => {
    if (entryOf(name, context)?.existing === undefined) return true;
    context.problem(`stack "${name}" is deployed by somebody else, so ${why}`, { at: [names.indexOf(name)] });
    return false;
  });
}

/** What the environment says of how its stacks are deployed, and the stack itself, which prevails. */
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

/** What has a value: only that prevails over something else, and only that is worth recording. */
function stated<T extends object>(values: T): T & JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T & JsonObject;
}

/** Last part of the step's id. */
export function draftName({ stack, environment }: StackPlace): string {
  return `${stack}/${environment ?? 'account'}`;
}

/** An environment's parameters go to every stack whose template declares them; the stack's own prevail. */
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

/** `all`, or names of stacks that are deployed here. */
export const chosenStacks = z.union([z.literal('all'), z.array(z.string()).min(1, 'names of stacks')]);

/**
 * The stacks that an entry names, in deployment order. Of what the account has once, `all` means it only where every environment
 * is meant.
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
 * Drafts of the steps that deploy stacks. Each needs those that its stack imports from, in the same environment; where the step
 * promotes, also everything in the environment before.
 */
export function orderedDrafts(names: readonly string[], context: BindContext, promote: boolean): StepDraft[] {
  const places = names.flatMap((name) => placesOf(name, context));
  if (promote) reportBetween(places, context);
  return places.flatMap((place) => {
    const entry = entryOf(place.stack, context);
    if (entry === undefined) return [];
    const needs = places.filter(
      (other) => isImported(place, other, context) || (promote && isPromotedFrom(place, other, context)),
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

/** A stack of the account that takes from every environment, and is taken from by them, has no place in the order. */
function reportBetween(places: readonly StackPlace[], context: BindContext): void {
  if (Object.keys(context.environments).length < 2) return;
  const ofEnvironments = places.filter(({ environment }) => environment !== undefined);
  for (const place of places.filter(({ environment }) => environment === undefined)) {
    const takes = ofEnvironments.some((other) => isImported(place, other, context));
    const gives = ofEnvironments.some((other) => isImported(other, place, context));
    if (!takes || !gives) continue;
    context.problem(
      `stack "${place.stack}" of the account takes from the environments and they from it, so none can come before another`,
      { at: ['promote'], suggestion: 'Deploy it in a step of its own.' },
    );
  }
}
