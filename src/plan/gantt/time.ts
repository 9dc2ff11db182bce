/** One day in milliseconds. All lengths are kept in milliseconds, so that fractions of a day stay exact. */
export const dayLength = 86_400_000;

const exact: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const inDays: { readonly [unit: string]: number } = { d: 1, w: 7 };
const inMonths: { readonly [unit: string]: number } = { M: 1, y: 12 };

export const expectedLength = 'a length such as 2d, 4h or 1w, an end date, or "until" and the ids of bars';

/** A length, with Mermaid's rounding: days and weeks become whole days; months and years are added by the calendar. */
export interface Length {
  /** In milliseconds; 0 when `months` is not. */
  readonly time: number;
  readonly months: number;
  /** The length that Mermaid draws, if it differs from the written one: `1d` for `0.5d`. */
  readonly drawnAs?: string;
}

/** Reads `2d`, `90m` or `1M`; `undefined` for other texts, and for numbers that are too large to be exact. */
export function parseLength(text: string): Length | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|[smhdwMy])$/.exec(text);
  if (match === null) return undefined;
  const amount = Number(match[1]);
  const unit = match[2] ?? '';
  const milliseconds = exact[unit];
  if (milliseconds !== undefined) return counted(Math.trunc(amount * milliseconds), 0);
  const days = inDays[unit];
  if (days !== undefined) {
    const whole = Math.round(amount * days);
    return counted(whole * dayLength, 0, whole === amount * days ? undefined : `${whole}d`);
  }
  // Mermaid truncates fractions of months and years.
  const whole = Math.trunc(amount);
  return counted(0, whole * (inMonths[unit] ?? 0), whole === amount ? undefined : `${whole}${unit}`);
}

function counted(time: number, months: number, drawnAs?: string): Length | undefined {
  if (!Number.isSafeInteger(time) || !Number.isSafeInteger(months) || months > 120_000) return undefined;
  return { time, months, ...(drawnAs === undefined ? {} : { drawnAs }) };
}

/** Adds a length to a time. When the target month has no such day, the result is its last day. */
export function addLength(from: number, { time, months }: Length): number {
  if (months === 0) return from + time;
  const date = new Date(from);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return date.setUTCDate(Math.min(day, last));
}
