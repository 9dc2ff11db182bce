import { dayLength } from './time.ts';

/** Reads and writes dates in one `dateFormat`. It knows the tokens of Day.js and parses strictly, as Mermaid does. */
export interface DateFormat {
  readonly format: string;
  /** An example, for messages. */
  readonly example: string;
  /**
   * `days`: `D`, which counts plan days from 1. `dates`: dates of the calendar, by the clock of the chart's zone. `times`: times of day,
   * all on the first day of the chart.
   */
  readonly counts: 'days' | 'dates' | 'times';
  /** Milliseconds since an origin that is the same for every date of the chart. */
  parse(text: string): number | undefined;
  write(time: number): string;
}

/** Mermaid's default for a chart without a `dateFormat`. */
export const defaultDateFormat = 'YYYY-MM-DD';

const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
];

interface FormatToken {
  readonly pattern: string;
  write(date: Date): string;
}

const tokens: { readonly [token: string]: FormatToken } = {
  YYYY: { pattern: '(?<year>\\d{4})', write: (date) => padded(date.getUTCFullYear(), 4) },
  YY: { pattern: '(?<shortYear>\\d{2})', write: (date) => padded(date.getUTCFullYear() % 100, 2) },
  Q: { pattern: '(?<quarter>[1-4])', write: (date) => String(Math.floor(date.getUTCMonth() / 3) + 1) },
  MMMM: { pattern: '(?<name>[A-Z][a-z]+)', write: (date) => months[date.getUTCMonth()] ?? '' },
  MMM: { pattern: '(?<name>[A-Z][a-z]{2})', write: (date) => (months[date.getUTCMonth()] ?? '').slice(0, 3) },
  MM: { pattern: '(?<month>\\d{2})', write: (date) => padded(date.getUTCMonth() + 1, 2) },
  M: { pattern: '(?<month>\\d{1,2})', write: (date) => String(date.getUTCMonth() + 1) },
  DD: { pattern: '(?<day>\\d{2})', write: (date) => padded(date.getUTCDate(), 2) },
  Do: { pattern: '(?<day>\\d{1,2})(?:st|nd|rd|th)', write: (date) => ordinal(date.getUTCDate()) },
  D: { pattern: '(?<day>\\d{1,2})', write: (date) => String(date.getUTCDate()) },
  HH: { pattern: '(?<hour>\\d{2})', write: (date) => padded(date.getUTCHours(), 2) },
  H: { pattern: '(?<hour>\\d{1,2})', write: (date) => String(date.getUTCHours()) },
  hh: { pattern: '(?<hour>\\d{2})', write: (date) => padded(date.getUTCHours() % 12 || 12, 2) },
  h: { pattern: '(?<hour>\\d{1,2})', write: (date) => String(date.getUTCHours() % 12 || 12) },
  A: { pattern: '(?<half>AM|PM)', write: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM') },
  a: { pattern: '(?<half>am|pm)', write: (date) => (date.getUTCHours() < 12 ? 'am' : 'pm') },
  mm: { pattern: '(?<minute>\\d{2})', write: (date) => padded(date.getUTCMinutes(), 2) },
  m: { pattern: '(?<minute>\\d{1,2})', write: (date) => String(date.getUTCMinutes()) },
  ss: { pattern: '(?<second>\\d{2})', write: (date) => padded(date.getUTCSeconds(), 2) },
  s: { pattern: '(?<second>\\d{1,2})', write: (date) => String(date.getUTCSeconds()) },
  SSS: { pattern: '(?<millisecond>\\d{3})', write: (date) => padded(date.getUTCMilliseconds(), 3) },
};

const pieces = /\[[^\]]*\]|YYYY|YY|MMMM|MMM|MM|M|DD|Do|D|HH|H|hh|h|mm|m|ss|s|SSS|A|a|Q|[A-Za-z]|[^A-Za-z[]+|\[/g;

/** Compiles a `dateFormat`; `undefined` for one that Mermaid cannot read, or whose result depends on the current year or a time zone. */
export function dateFormat(format: string): DateFormat | undefined {
  if (format === 'D' || format === 'DD') {
    return { format, example: '01', counts: 'days', parse: parsePlanDay, write: writePlanDay };
  }
  const parts = format.match(pieces) ?? [];
  if (parts.some((part) => tokens[part] === undefined && /^[A-Za-z]/.test(part) && part !== 'T')) return undefined;
  const pattern = parts.map((part) => tokens[part]?.pattern ?? escaped(literal(part))).join('');
  const fields = [...pattern.matchAll(/\?<(\w+)>/g)].map(([, name = '']) => name);
  const names = new Set(fields);
  const hasYear = names.has('year') || names.has('shortYear');
  const hasDate = hasYear || ['quarter', 'name', 'month', 'day'].some((name) => names.has(name));
  const hasTime = ['hour', 'minute', 'second', 'millisecond'].some((name) => names.has(name));
  // A date without a year would change with the year in which the plan is read.
  if (names.size < fields.length || (hasDate ? !hasYear : !hasTime)) return undefined;
  const whole = new RegExp(`^${pattern}$`);
  const write = (time: number): string => {
    const date = new Date(time);
    return parts.map((part) => tokens[part]?.write(date) ?? literal(part)).join('');
  };
  const parse = (text: string): number | undefined => {
    const time = timeOf(whole.exec(text)?.groups);
    // Without the comparison, February 30 would be read as March 2.
    return time !== undefined && write(time) === text ? time : undefined;
  };
  return { format, example: write(Date.UTC(2026, 2, 2, 9, 30)), counts: hasDate ? 'dates' : 'times', parse, write };
}

/** Reads ISO dates and times, which Mermaid also accepts as a start, whatever the `dateFormat` is. */
export function parseIso(text: string): number | undefined {
  for (const format of isoFormats) {
    const time = format?.parse(text.replace(' ', 'T'));
    if (time !== undefined) return time;
  }
  return undefined;
}

const isoFormats = ['', 'THH:mm', 'THH:mm:ss', 'THH:mm:ss.SSS'].map((time) =>
  dateFormat(`${defaultDateFormat}${time}`),
);

/** Reads a date of `dateFormat D` or `DD`: a plan day, counted from 1, with or without a leading zero. */
function parsePlanDay(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const time = (Number(text) - 1) * dayLength;
  return time >= 0 && Number.isSafeInteger(time) ? time : undefined;
}

function writePlanDay(time: number): string {
  return String(Math.floor(time / dayLength) + 1);
}

function timeOf(fields: { readonly [name: string]: string } | undefined): number | undefined {
  if (fields === undefined) return undefined;
  const field = (name: string, absent = 0): number => Number(fields[name] ?? absent);
  const short = field('shortYear');
  const year = fields['shortYear'] === undefined ? field('year', 1970) : short + (short > 68 ? 1900 : 2000);
  const date = new Date(0);
  // Date.UTC reads the years 0 to 99 as 1900 to 1999; setUTCFullYear does not.
  date.setUTCFullYear(year, monthOf(fields), field('day', 1));
  return date.setUTCHours(hourOf(fields), field('minute'), field('second'), field('millisecond'));
}

function monthOf({ month, name, quarter }: { readonly [name: string]: string | undefined }): number {
  if (name !== undefined) return months.findIndex((one) => one.startsWith(name));
  if (quarter !== undefined) return 3 * (Number(quarter) - 1);
  return Number(month ?? 1) - 1;
}

function hourOf({ hour = '0', half }: { readonly [name: string]: string | undefined }): number {
  const written = Number(hour);
  if (half === undefined) return written;
  return (written % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
}

/** Removes the brackets that mark literal text: `[W]` stands for `W`. */
function literal(part: string): string {
  return /^\[.*\]$/.test(part) ? part.slice(1, -1) : part;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function padded(number: number, width: number): string {
  return String(number).padStart(width, '0');
}

function ordinal(day: number): string {
  const suffixes = ['th', 'st', 'nd', 'rd'];
  const suffix = day > 3 && day < 21 ? 'th' : (suffixes[day % 10] ?? 'th');
  return `${day}${suffix}`;
}
