/** What YAML and JSON hold. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

export function isRecord(value: unknown): value is { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `Array.isArray`, which forgets what a read-only array holds. */
export function isList(value: unknown): value is readonly Value[] {
  return Array.isArray(value);
}
