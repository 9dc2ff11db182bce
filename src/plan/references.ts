import { bytesOf, type Json, own } from '../base/json.ts';
import type { TaskRef } from './gate-model.ts';

/**
 * What steps have published: by environment (`*` where it has none), by address (`stacks.network`, `tasks.4.1/a1`), by name.
 * Small texts, because they are recorded in histories.
 */
export type Outputs = {
  readonly [environment: string]: { readonly [address: string]: { readonly [name: string]: string } };
};

/** `{{stacks.network.VpcId}}` or `{{tasks.4.1/a1.Url}}`. */
export interface Reference {
  /** Between the braces. */
  readonly text: string;
  /** `stacks.network`, `tasks.4.1/a1` */
  readonly address: string;
  /** Set where the address is a stack's. */
  readonly stack?: string;
  /** Set where the address is a task's. */
  readonly task?: TaskRef;
  readonly name: string;
}

const ANYWHERE = '*';

/** How much may be published in a phase; a payload holds 2 MB, and this leaves room for what travels with it. */
export const OUTPUTS_BYTES = 500_000;

/** Whether outputs stay within what a payload can carry. */
export function fit(outputs: Outputs): boolean {
  return bytesOf(outputs) <= OUTPUTS_BYTES;
}

const pattern = /\{\{\s*((stacks|tasks)\.([^{}\s]+)\.([\w-]+))\s*\}\}/g;

/** Every reference in a value, in order of appearance; the same one may come twice. */
export function referencesIn(json: Json): Reference[] {
  if (typeof json === 'string') return [...json.matchAll(pattern)].map(readReference);
  if (typeof json !== 'object' || json === null) return [];
  return Object.values(json).flatMap((value: Json) => referencesIn(value));
}

/** The value with every reference replaced by what was published, or else the references that nothing was published for. */
export function resolveReferences(
  json: Json,
  outputs: Outputs,
  environment: string | undefined,
): { readonly value: Json } | { readonly missing: readonly Reference[] } {
  const missing = referencesIn(json).filter((reference) => lookUp(reference, outputs, environment) === undefined);
  if (missing.length > 0) return { missing };
  return { value: replace(json, (reference) => lookUp(reference, outputs, environment) ?? '') };
}

/** Outputs with those of one step added. */
export function addOutputs(
  outputs: Outputs,
  address: string,
  environment: string | undefined,
  published: { readonly [name: string]: string },
): Outputs {
  return mergeOutputs(outputs, { [environment ?? ANYWHERE]: { [address]: published } });
}

/** Both, the later one prevailing name by name. */
export function mergeOutputs(earlier: Outputs, later: Outputs): Outputs {
  const merged: { [environment: string]: Outputs[string] } = { ...earlier };
  for (const [environment, addresses] of Object.entries(later)) {
    const here: { [address: string]: { readonly [name: string]: string } } = { ...merged[environment] };
    for (const [address, names] of Object.entries(addresses)) here[address] = { ...here[address], ...names };
    merged[environment] = here;
  }
  return merged;
}

/** What people have published for a task. */
export function publishedBy(outputs: Outputs, task: TaskRef): { readonly [name: string]: string } | undefined {
  return own(outputs[ANYWHERE], `tasks.${task}`);
}

function lookUp({ address, name }: Reference, outputs: Outputs, environment: string | undefined): string | undefined {
  const here = environment === undefined ? undefined : outputs[environment]?.[address];
  return own(here, name) ?? own(outputs[ANYWHERE]?.[address], name);
}

function replace(json: Json, valueOf: (reference: Reference) => string): Json {
  if (typeof json === 'string') {
    return json.replace(pattern, (...match: string[]) => valueOf(readReference(match)));
  }
  if (Array.isArray(json)) return json.map((value: Json) => replace(value, valueOf));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, replace(value, valueOf)]));
}

function readReference(match: readonly string[]): Reference {
  const [, text = '', kind, owner = '', name = ''] = match;
  return {
    text,
    address: `${String(kind)}.${owner}`,
    name,
    ...(kind === 'stacks' ? { stack: owner } : { task: owner }),
  };
}
