/** What YAML and JSON hold. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** `Array.isArray`, which forgets what a read-only array holds. */
export function isList(value: unknown): value is readonly Value[] {
  return Array.isArray(value);
}
