/** How much an issue matters, from the most to the least. */
export const severities = ['critical', 'high', 'medium', 'low'] as const;

export type Severity = (typeof severities)[number];

/** Whether one severity matters as much as the other, or more. */
export function isAtLeast(one: Severity, other: Severity): boolean {
  return severities.indexOf(one) <= severities.indexOf(other);
}

export function isSeverity(value: unknown): value is Severity {
  return severities.some((one) => one === value);
}
