import { DateTime } from 'luxon';
import type { Plan, Task } from '../../src/plan/model.ts';

/** `2026-12-07 to 2026-12-11`, the last day included; with times of day where something starts or ends within a day. */
export function dates(tasks: readonly Task[], { zone = 'utc' }: Pick<Plan, 'zone'>): string {
  const starts = tasks.flatMap(({ startsAt }) => (startsAt === undefined ? [] : [Date.parse(startsAt)]));
  const ends = tasks.flatMap(({ dueAt }) => (dueAt === undefined ? [] : [Date.parse(dueAt)]));
  if (starts.length === 0) return '';
  const at = (time: number): DateTime => DateTime.fromMillis(time, { zone });
  const [start, end] = [at(starts.reduce((a, b) => Math.min(a, b))), at(ends.reduce((a, b) => Math.max(a, b)))];
  const isMidnight = (time: DateTime): boolean => time.equals(time.startOf('day'));
  const first = start.toFormat(isMidnight(start) ? 'yyyy-MM-dd' : 'yyyy-MM-dd HH:mm');
  const last =
    isMidnight(end) && end > start ? end.minus({ days: 1 }).toFormat('yyyy-MM-dd') : end.toFormat('yyyy-MM-dd HH:mm');
  return end > start && first !== last ? `${first} to ${last}` : first;
}
