import { z } from 'zod';
import type { Look } from '../aws/checks/live.ts';
import type { LookOptions } from '../aws/checks/look.ts';
import type { JsonObject } from '../plan/model.ts';
import type { CheckCall, CheckDefinition } from './define.ts';
import { keepBeating } from './keep-beating.ts';
import { environmentsOf, scopeInput, scopeKeys, scopeOf, type Scope } from './live-scope.ts';

/** A check that asks AWS what an environment's stacks hold. */
export interface LiveCheck<Options extends z.ZodRawShape> extends LookOptions {
  readonly kind: string;
  readonly summary: string;
  /** Keys of the entry besides `stacks` and `environments`; given to the look as they are. */
  readonly options?: Options;
  /** Loads the engine: no AWS client before one is needed. */
  look(options: z.output<z.ZodObject<Options>>, call: CheckCall): Promise<Look>;
}

type Entry = readonly string[] | (Scope & JsonObject) | undefined;

/**
 * Makes a check of it: `{check: KIND}`, `{check: {KIND: [network]}}` for some stacks, or with keys,
 * `{check: {KIND: {stacks: […], environments: […], …}}}`.
 */
export function liveCheck<Options extends z.ZodRawShape>(check: LiveCheck<Options>): CheckDefinition<Entry> {
  const { kind, summary, things, needed } = check;
  const options = z.object(check.options ?? ({} as Options));
  const keyed = z.strictObject({ ...scopeKeys, ...options.shape });
  // What needs a value of its own cannot be left out.
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
      const { lookEverywhere } = await import('../aws/checks/look.ts');
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
