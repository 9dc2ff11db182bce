import type { Json } from '../plan/model.ts';

/** `Array.isArray`, which forgets what a read-only array holds. */
export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}
