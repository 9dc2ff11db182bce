/** Looks up a key that comes from user input. Inherited properties such as `constructor` do not count. */
export function own<Value>(record: { readonly [key: string]: Value } | undefined, key: string): Value | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Size in bytes of a value in a payload: JSON in UTF-8, where a Chinese character takes three bytes. */
export function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value) ?? '').length;
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** True for an object with keys; false for an array. */
export function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `Array.isArray` narrows a read-only array to `any[]`; this guard keeps the element type. */
export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}
