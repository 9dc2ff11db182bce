import { DateTime, IANAZone } from 'luxon';
import { type Calendar, weekdays } from './calendar.ts';

/** A working window in epoch milliseconds: `opens` belongs to it, `closes` does not. */
export interface Window {
  readonly opens: number;
  readonly closes: number;
}

const FARTHEST_DAYS = 400;

/**
 * The next windows of a calendar, in order. The first may be open already. A window begins and ends by the local clock, so it is
 * longer or shorter on a day when the clocks change.
 *
 * @returns fewer than `count` when no more begin within 400 days
 */
export function windows(calendar: Calendar, from: number, count: number): Window[] {
  const next = windowsFrom(calendar, from, FARTHEST_DAYS);
  return Array.from({ length: count }, () => next.next().value).filter((one) => one !== undefined);
}

/** The windows that close after `from`, up to the given number of days ahead. */
export function* windowsFrom(calendar: Calendar, from: number, daysAhead: number): Generator<Window, undefined> {
  const zone = zoneNamed(calendar.zone);
  const [opening, closing] = [sinceMidnight(calendar.from), sinceMidnight(calendar.to)];
  // Dates are kept in UTC, where every day has 24 hours. The loop begins with yesterday, whose window may still be open where the clocks
  // are set back past midnight.
  const today = DateTime.fromMillis(from, { zone }).setZone('utc', { keepLocalTime: true }).startOf('day');
  for (let days = -1; days <= daysAhead; days += 1) {
    const date = today.plus({ days });
    if (!isWorkday(calendar, date)) continue;
    const opens = firstInstant(zone, date.toMillis() + opening);
    const closes = firstInstant(zone, date.toMillis() + closing);
    // A window that lies wholly in the hour skipped in spring does not exist.
    if (closes > from && opens < closes) yield { opens, closes };
  }
}

/** Whether a date, which is given in UTC, is a day of work. */
export function isWorkday({ days, holidays }: Calendar, date: DateTime): boolean {
  const weekday = weekdays[date.weekday - 1];
  return weekday !== undefined && days.includes(weekday) && !holidays.includes(date.toFormat('yyyy-MM-dd'));
}

/** Milliseconds from midnight to a time of day. */
export function sinceMidnight(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return (hours * 60 + minutes) * 60_000;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * The first instant at which the clocks of a zone show the given time or a later one. A time that is skipped in spring becomes the
 * moment of the skip; a time that occurs twice in autumn becomes the first of the two.
 *
 * @param shown date and time on the clock, as epoch milliseconds of the same date and time in UTC
 */
export function firstInstant(zone: IANAZone, shown: number): number {
  const before = zone.offset(shown - DAY);
  const after = zone.offset(shown + DAY);
  const byOld = shown - before * MINUTE;
  if (before === after || zone.offset(byOld) === before) return byOld;
  const byNew = shown - after * MINUTE;
  return zone.offset(byNew) === after ? byNew : changeBetween(zone, byNew, byOld);
}

/** @throws RangeError when this machine does not know the zone */
export function zoneNamed(name: string): IANAZone {
  const zone = IANAZone.create(name);
  if (!zone.isValid) throw new RangeError(`There is no time zone "${name}".`);
  return zone;
}

/** Finds the moment at which the clocks change, by bisection. It lies after `low`, and at or before `high`. */
function changeBetween(zone: IANAZone, low: number, high: number): number {
  const old = zone.offset(low);
  let [last, first] = [low, high];
  while (first - last > 1) {
    const middle = Math.floor((last + first) / 2);
    if (zone.offset(middle) === old) last = middle;
    else first = middle;
  }
  return first;
}
