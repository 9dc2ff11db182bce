import { DateTime } from 'luxon';
import type { RuleOutcome, RuleProvider } from './rule.ts';

/** Succeeds when the rule began within the window, else fails. */
export const deploymentWindow: RuleProvider = {
  provider: 'DeploymentWindow',
  async run({ resolved, started }): Promise<RuleOutcome> {
    const { Cron: cron, TimeZone: zone = 'UTC' } = resolved;
    if (cron === undefined) throw new Error('Cron is required.');
    const isOpen = isWithin(cron, zone, started);
    const summary = `The deployment window "${cron}" (${zone}) is ${isOpen ? 'open' : 'closed'}.`;
    return { status: isOpen ? 'Succeeded' : 'Failed', summary };
  },
};

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

interface Field {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly names?: readonly string[];
}

/** AWS takes `*` alone for seconds. */
const fields: readonly Field[] = [
  { name: 'seconds', first: 0, last: 59 },
  { name: 'minutes', first: 0, last: 59 },
  { name: 'hours', first: 0, last: 23 },
  { name: 'day of month', first: 1, last: 31 },
  { name: 'month', first: 1, last: 12, names: months },
  { name: 'day of week', first: 1, last: 7, names: days },
  { name: 'year', first: 1970, last: 2199 },
];

/**
 * Tells whether the cron expression matches the time: seconds, minutes, hours, day of month, month, day of week (1 is Sunday), and
 * perhaps the year. It knows `*`, `?`, lists, ranges and steps; not `L`, `W` and `#`.
 */
export function isWithin(cron: string, zone: string, at: number): boolean {
  const time = DateTime.fromMillis(at, { zone });
  if (!time.isValid) throw new Error(`"${zone}" is not a time zone.`);
  const parts = cron.trim().split(/\s+/);
  if (parts.length < 6 || parts.length > 7)
    throw new Error(`"${cron}" has ${parts.length} fields; a window has 6 or 7.`);
  const { second, minute, hour, day, month, year } = time;
  const weekday = (time.weekday % 7) + 1;
  return [second, minute, hour, day, month, weekday, year].every((value, index) => {
    const field = fields[index];
    const part = parts[index];
    return field === undefined || part === undefined || matches(part, field, value);
  });
}

function matches(part: string, field: Field, value: number): boolean {
  return part.split(',').some((item) => {
    const [range = '', step] = item.split('/');
    const by = step === undefined ? 1 : read(step, { ...field, first: 1 });
    const [from, to] = bounds(range, field, step !== undefined);
    return value >= from && value <= to && (value - from) % by === 0;
  });
}

function bounds(range: string, field: Field, isOpen: boolean): [number, number] {
  if (range === '*' || range === '?') return [field.first, field.last];
  const [from = '', to] = range.split('-');
  const first = read(from, field);
  return [first, to === undefined ? (isOpen ? field.last : first) : read(to, field)];
}

function read(text: string, { name, first, last, names = [] }: Field): number {
  const index = names.indexOf(text.toUpperCase());
  const value = index >= 0 ? index + 1 : /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= first && value <= last) return value;
  throw new Error(`"${text}" is not a value for ${name} (${first} to ${last}).`);
}
