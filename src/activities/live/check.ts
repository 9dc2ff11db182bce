import { z } from 'zod';
import { sha256 } from '../../base/digest.ts';
import type { JsonObject } from '../../base/json.ts';
import { meantBy } from '../../base/match.ts';
import { keepBeating } from '../../contract/keep-beating.ts';
import type { CheckCall, CheckDefinition } from '../../contract/kinds.ts';
import type { BindContext } from '../../plan/kinds.ts';
import { entryOf, knownOwnStacks, ownStacksByNow, placesOf, reportNoStacks } from '../stacks/places.ts';
import type { Environment, Look } from './environment.ts';
import type { LookOptions } from './look.ts';

/** A check that looks at the resources of an environment's stacks on AWS. */
export interface LiveCheck<Options extends z.ZodRawShape> extends LookOptions {
  readonly kind: string;
  readonly summary: string;
  /** Keys of the entry besides `stacks` and `environments`; the look gets them unchanged. */
  readonly options?: Options;
  /** Loads the engine, so that no AWS client is loaded before it is needed. */
  look(options: z.output<z.ZodObject<Options>>, call: CheckCall): Promise<Look>;
}

type Entry = readonly string[] | (Scope & JsonObject) | undefined;

/**
 * Makes a check definition. A playbook writes `{check: KIND}`, `{check: {KIND: [network]}}` for some stacks, or keys:
 * `{check: {KIND: {stacks: […], environments: […], …}}}`.
 */
export function liveCheck<Options extends z.ZodRawShape>(check: LiveCheck<Options>): CheckDefinition<Entry> {
  const { kind, summary, things, needed } = check;
  const options = z.object(check.options ?? ({} as Options));
  const keyed = z.strictObject({ ...scopeKeys, ...options.shape });
  // An option without a default makes the entry mandatory.
  const isOptional = options.safeParse({}).success;
  const entry = isOptional ? z.union([scopeKeys.stacks.unwrap(), keyed]).optional() : keyed;
  return {
    kind,
    summary,
    entry: entry as unknown as z.ZodType<Entry>,
    profile: 'wait',
    expand(given, context) {
      const { stacks, environments, ...others } = keysOf(given);
      const { places, label } = scopeOf({ stacks, environments }, context);
      return { label: `${kind}${label}`, input: { places, options: others } };
    },
    async run(call, tools) {
      const { lookEverywhere } = await import('./look.ts');
      const environments = environmentsOf(scopeInput.parse(call.input).places, tools.signal);
      const look = await check.look(options.parse(call.input['options']), call);
      const names = environments.map(({ name }) => name);
      return keepBeating(tools, { environments: names }, () => lookEverywhere(environments, look, { things, needed }));
    },
  };
}

function keysOf(given: Entry): Scope & JsonObject {
  if (given === undefined) return {};
  return isList(given) ? { stacks: given } : given;
}

function isList(given: NonNullable<Entry>): given is readonly string[] {
  return Array.isArray(given);
}

/** Keys that confine a check of live state; without them it looks at all stacks in all environments. */
const scopeKeys = {
  stacks: z.array(z.string()).min(1, 'names of stacks').optional().describe('Stacks to look at; all unless stated.'),
  environments: z.array(z.string()).min(1, 'names of environments').optional().describe('All unless stated.'),
};

interface Scope {
  readonly stacks?: readonly string[] | undefined;
  readonly environments?: readonly string[] | undefined;
}

/** The input of a check of live state. */
export const scopeInput = z.object({
  places: z.array(
    z.object({
      stack: z.string(),
      stackName: z.string(),
      region: z.string(),
      role: z.string().optional(),
      environment: z.string().optional(),
      /** Path within the phase folder, and hex SHA-256 when the phase was compiled. */
      template: z.string(),
      digest: z.string().nullable(),
    }),
  ),
});

type Place = z.output<typeof scopeInput>['places'][number];

/** Finds the stacks that a check looks at, in their places; reports problems at the key that has them. */
export function scopeOf(
  { stacks, environments }: Scope,
  context: BindContext,
): { places: JsonObject[]; label: string } {
  const chosen = chosenEnvironments(environments, context);
  const within: BindContext = {
    ...chosen,
    problem: (message, options) => {
      context.problem(message, { ...options, at: ['stacks', ...(options?.at ?? [])] });
    },
  };
  const names =
    stacks === undefined
      ? ownStacksByNow(context)
      : knownOwnStacks(stacks, 'there is no template to compare it with', within);
  const places = names.flatMap((name) =>
    placesOf(name, chosen).map(({ protected: _deletions, ...place }) => {
      const { template = '', digest = null } = entryOf(name, context) ?? {};
      return { ...place, template, digest };
    }),
  );
  if (stacks === undefined && (names.length === 0 || Object.keys(context.environments).length === 0)) {
    reportNoStacks('check', context);
  }
  const what = stacks === undefined ? '' : ` of ${names.join(', ')}`;
  const where = environments === undefined ? '' : ` in ${environments.join(', ')}`;
  return { places, label: `${what}${where}` };
}

function chosenEnvironments(wanted: readonly string[] | undefined, context: BindContext): BindContext {
  if (wanted === undefined) return context;
  const known = Object.keys(context.environments);
  for (const [index, name] of wanted.entries()) {
    if (known.includes(name)) continue;
    context.problem(`there is no environment "${name}"`, { at: ['environments', index], ...meantBy(name, known) });
  }
  const entries = Object.entries(context.environments).filter(([name]) => wanted.includes(name));
  return { ...context, environments: Object.fromEntries(entries) };
}

/** Groups places by environment; stacks that the account has once form the group `account`. */
export function environmentsOf(places: readonly Place[], signal: AbortSignal): Environment[] {
  const byName = new Map<string, Place[]>();
  for (const place of places) {
    const name = place.environment ?? 'account';
    byName.set(name, [...(byName.get(name) ?? []), place]);
  }
  return [...byName].map(([name, [first, ...others]]) => ({
    name,
    region: first?.region ?? '',
    role: first?.role,
    stacks: first === undefined ? [] : [first, ...others],
    signal,
  }));
}

/**
 * Names the resources that a check makes on AWS for a trial. Each attempt has the same name, so that a later attempt clears up after
 * an earlier; each other check and phase has another name.
 */
export function probeName({ phase, check }: CheckCall): string {
  return `phasegate-probe-${sha256(`${phase.workflowId} ${phase.firstRunId} ${check.id}`).slice(0, 12)}`;
}
