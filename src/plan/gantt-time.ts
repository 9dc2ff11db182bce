/** Lengths and dates of a Mermaid Gantt chart, in milliseconds so that fractions of a day stay exact. */
export const dayLength = 86_400_000;

const units: { readonly [unit: string]: number } = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: dayLength,
  w: 7 * dayLength,
};

export const expectedLength = 'a length such as 2d, 0.5d, 4h or 1w, or an end date';

/** Milliseconds of a length such as `2d`; months and years are no lengths here, because they vary. */
export function parseLength(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|[smhdw])$/.exec(text);
  const unit = units[match?.[2] ?? ''];
  if (match === null || unit === undefined) return undefined;
  return whole(Number(match[1]) * unit);
}

/** Reads dates as one `dateFormat` writes them. */
export interface DateReader {
  readonly format: string;
  /** An example, for messages. */
  readonly example: string;
  /** Milliseconds since an origin that is the same for every date of the chart. */
  parse(text: string): number | undefined;
}

/** Mermaid's default where a chart states none. */
export const defaultDateFormat = 'YYYY-MM-DD';

const tokens: { readonly [token: string]: { readonly pattern: string; readonly example: string } } = {
  YYYY: { pattern: '(?<year>\\d{4})', example: '2026' },
  YY: { pattern: '(?<shortYear>\\d{2})', example: '26' },
  MM: { pattern: '(?<month>\\d{2})', example: '03' },
  M: { pattern: '(?<month>\\d{1,2})', example: '3' },
  DD: { pattern: '(?<day>\\d{2})', example: '02' },
  D: { pattern: '(?<day>\\d{1,2})', example: '2' },
  HH: { pattern: '(?<hour>\\d{2})', example: '09' },
  H: { pattern: '(?<hour>\\d{1,2})', example: '9' },
  mm: { pattern: '(?<minute>\\d{2})', example: '30' },
  ss: { pattern: '(?<second>\\d{2})', example: '00' },
};

/** The reader for a `dateFormat`; none for a format that names no day, or that holds letters it does not know. */
export function dateReader(format: string): DateReader | undefined {
  if (format === 'D' || format === 'DD') return { format, example: '01', parse: parsePlanDay };
  const pattern: string[] = [];
  const example: string[] = [];
  for (const [part] of format.matchAll(/([A-Za-z])\1*|[^A-Za-z]+/g)) {
    const token = tokens[part];
    if (token === undefined && /[A-Za-z]/.test(part) && part !== 'T') return undefined;
    pattern.push(token?.pattern ?? part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
    example.push(token?.example ?? part);
  }
  const names = pattern.join('').match(/\?<\w+>/g) ?? [];
  const complete = /Y/.test(format) && format.includes('M') && format.includes('D');
  if (!complete || new Set(names).size < names.length) return undefined;
  const whole = new RegExp(`^${pattern.join('')}$`);
  return { format, example: example.join(''), parse: (text) => parseDate(whole, text) };
}

/** `dateFormat D` counts plan days from 1; two digits or one make no difference. */
function parsePlanDay(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const day = Number(text);
  return day < 1 ? undefined : whole((day - 1) * dayLength);
}

function parseDate(pattern: RegExp, text: string): number | undefined {
  const fields = pattern.exec(text)?.groups;
  if (fields === undefined) return undefined;
  const field = (name: string): number => Number(fields[name] ?? 0);
  const year = fields['shortYear'] === undefined ? field('year') : 2000 + field('shortYear');
  const month = field('month');
  const day = field('day');
  const hour = field('hour');
  const minute = field('minute');
  const second = field('second');
  const date = new Date(0);
  // Date.UTC reads the years 0 to 99 as 1900 to 1999; setUTCFullYear takes them as written.
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  // February 30 would otherwise be taken for March 2.
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return real ? date.getTime() : undefined;
}

/** Rounded to the millisecond; none where a number is too long to be counted exactly. */
function whole(milliseconds: number): number | undefined {
  const rounded = Math.round(milliseconds);
  return Number.isSafeInteger(rounded) ? rounded : undefined;
}
