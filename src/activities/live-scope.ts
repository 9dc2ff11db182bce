import { z } from 'zod';
import type { Environment } from '../aws/checks/live.ts';
import { meantBy } from '../plan/match.ts';
import type { BindContext } from '../plan/kinds.ts';
import type { JsonObject } from '../plan/model.ts';
import { knownOwnStacks, ownStacks, placesOf } from './stack-drafts.ts';

/** Keys with which a check of live state is confined; all stacks in all environments unless stated. */
export const scopeKeys = {
  stacks: z.array(z.string()).min(1, 'names of stacks').optional().describe('Stacks to look at; all unless stated.'),
  environments: z.array(z.string()).min(1, 'names of environments').optional().describe('All unless stated.'),
};

export interface Scope {
  readonly stacks?: readonly string[] | undefined;
  readonly environments?: readonly string[] | undefined;
}

/** What a check of live state is given. */
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

/** The stacks that a check looks at, and where they are; problems are reported where they stand. */
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
      ? ownStacks(context)
      : knownOwnStacks(stacks, 'there is no template to compare it with', within);
  const places = names.flatMap((name) =>
    placesOf(name, chosen).map(({ protected: _deletions, ...place }) => {
      const { template = '', digest = null } = context.stacks[name] ?? {};
      return { ...place, template, digest };
    }),
  );
  if (stacks === undefined && (names.length === 0 || Object.keys(context.environments).length === 0)) {
    context.problem('the playbook deploys no stacks, so there is nothing to check', {
      suggestion: 'Add "stacks:" and "environments:".',
    });
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

/** Places by environment; those that the account has once come together under `account`. */
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
