import { bytesOf, type Json, own } from '../base/json.ts';
import type { TaskRef } from './gate-model.ts';

/**
 * The values that steps have published: by environment (`*` for steps without one), by address (`stacks.network`, `tasks.4.1/a1`), by
 * name. Values are small texts, because they are recorded in histories.
 */
export type Outputs = {
  readonly [environment: string]: { readonly [address: string]: { readonly [name: string]: string } };
};

/** `{{stacks.network.VpcId}}` or `{{tasks.4.1/a1.Url}}`; `{{testing:stacks.network.VpcId}}` names an environment. */
export interface Reference {
  /** The text between the braces. */
  readonly text: string;
  /** The environment that it names. Absent: that of whoever refers. */
  readonly environment?: string;
  /** `stacks.network`, `tasks.4.1/a1` */
  readonly address: string;
  /** Set when the address is that of a stack. */
  readonly stack?: string;
  /** Set when the address is that of a task. */
  readonly task?: TaskRef;
  readonly name: string;
}

const ANYWHERE = '*';

/** Limit for all outputs of a phase, in bytes. A payload holds 2 MB, and the outputs share one with the rest of the phase's state. */
export const OUTPUTS_BYTES = 500_000;

/** True when the outputs stay within the limit. */
export function fit(outputs: Outputs): boolean {
  return bytesOf(outputs) <= OUTPUTS_BYTES;
}

const pattern = /\{\{\s*((?:([A-Za-z0-9][A-Za-z0-9-]*):)?(stacks|tasks)\.([^{}\s]+)\.([\w-]+))\s*\}\}/g;

/** All references in a value, in order of appearance. A reference that appears twice is listed twice. */
export function referencesIn(json: Json): Reference[] {
  if (typeof json === 'string') return [...json.matchAll(pattern)].map(readReference);
  if (typeof json !== 'object' || json === null) return [];
  return Object.values(json).flatMap((value: Json) => referencesIn(value));
}

/** Makes references that name no environment name this one. */
export function referringTo(environment: string, text: string): string {
  return text.replace(pattern, (...match: string[]) => {
    const reference = readReference(match);
    return reference.environment === undefined ? `{{${environment}:${reference.text}}}` : (match[0] ?? '');
  });
}

/** Replaces every reference in a value by its published output, or returns the references without one. */
export function resolveReferences(
  json: Json,
  outputs: Outputs,
  environment: string | undefined,
): { readonly value: Json } | { readonly missing: readonly Reference[] } {
  const missing = referencesIn(json).filter((reference) => lookUp(reference, outputs, environment) === undefined);
  if (missing.length > 0) return { missing };
  return { value: replace(json, (reference) => lookUp(reference, outputs, environment) ?? '') };
}

/** Adds the outputs of one step. */
export function addOutputs(
  outputs: Outputs,
  address: string,
  environment: string | undefined,
  published: { readonly [name: string]: string },
): Outputs {
  return mergeOutputs(outputs, { [environment ?? ANYWHERE]: { [address]: published } });
}

/** Merges outputs. A name in `later` replaces the same name in `earlier`. */
export function mergeOutputs(earlier: Outputs, later: Outputs): Outputs {
  const merged: { [environment: string]: Outputs[string] } = { ...earlier };
  for (const [environment, addresses] of Object.entries(later)) {
    const here: { [address: string]: { readonly [name: string]: string } } = { ...merged[environment] };
    for (const [address, names] of Object.entries(addresses)) here[address] = { ...here[address], ...names };
    merged[environment] = here;
  }
  return merged;
}

/** The outputs that a person has published when completing a task. */
export function publishedBy(outputs: Outputs, task: TaskRef): { readonly [name: string]: string } | undefined {
  return own(outputs[ANYWHERE], `tasks.${task}`);
}

function lookUp(reference: Reference, outputs: Outputs, around: string | undefined): string | undefined {
  const { address, name, environment = around } = reference;
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
  // A group that has not matched is undefined, whatever the types say.
  const [, text = '', environment, kind, owner = '', name = ''] = match as readonly (string | undefined)[];
  return {
    text,
    ...(environment === undefined ? {} : { environment }),
    address: `${String(kind)}.${owner}`,
    name,
    ...(kind === 'stacks' ? { stack: owner } : { task: owner }),
  };
}
