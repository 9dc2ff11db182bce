/** A record's own value under a key that somebody wrote; `constructor` and the like are no entries. */
export function own<Value>(record: { readonly [key: string]: Value } | undefined, key: string): Value | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

/** How many bytes a value has as JSON in UTF-8, which is how it travels: a character of Chinese has three. */
export function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value) ?? '').length;
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** Whether a value is an object with keys, and no list. */
export function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `Array.isArray`, which forgets what a read-only array holds. */
export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}
