/** Keys that a message names. */
const NAMED = 5;

/** `"a", "b" and 3 more` */
export function named(keys: readonly string[]): string {
  const rest = keys.length > NAMED ? ` and ${keys.length - NAMED} more` : '';
  return `${keys
    .slice(0, NAMED)
    .map((key) => `"${key}"`)
    .join(', ')}${rest}`;
}
