import { DateTime, IANAZone } from 'luxon';
import { type Calendar, weekdays } from './calendar.ts';

/** A stretch of work in epoch milliseconds: `opens` belongs to it, `closes` does not. */
export interface Window {
  readonly opens: number;
  readonly closes: number;
}

const FARTHEST_DAYS = 400;

/**
 * The next windows of a calendar, in order. The first may be open already. Where the clocks change, a window begins
 * and ends by the clock, and is longer or shorter for it.
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
  // Dates without a zone, which have 24 hours each. Yesterday's window is not over while clocks are set back past midnight.
  const today = DateTime.fromMillis(from, { zone }).setZone('utc', { keepLocalTime: true }).startOf('day');
  for (let days = -1; days <= daysAhead; days += 1) {
    const date = today.plus({ days });
    if (!isWorkday(calendar, date)) continue;
    const opens = firstInstant(zone, date.toMillis() + opening);
    const closes = firstInstant(zone, date.toMillis() + closing);
    // A window that the clocks skip as a whole does not take place.
    if (closes > from && opens < closes) yield { opens, closes };
  }
}

function isWorkday({ days, holidays }: Calendar, date: DateTime): boolean {
  const weekday = weekdays[date.weekday - 1];
  return weekday !== undefined && days.includes(weekday) && !holidays.includes(date.toFormat('yyyy-MM-dd'));
}

function sinceMidnight(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return (hours * 60 + minutes) * 60_000;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * The first instant at which the clocks of a zone show a time or a later one. So a time that they skip in spring is
 * the moment of the skip, and one that they show twice in autumn is the first of the two.
 *
 * @param shown - date and time on the clock, as epoch milliseconds of the same date and time in UTC
 */
export function firstInstant(zone: IANAZone, shown: number): number {
  const before = zone.offset(shown - DAY);
  const after = zone.offset(shown + DAY);
  const byOld = shown - before * MINUTE;
  if (before === after || zone.offset(byOld) === before) return byOld;
  const byNew = shown - after * MINUTE;
  return zone.offset(byNew) === after ? byNew : changeBetween(zone, byNew, byOld);
}

/** @throws RangeError when this machine knows no such zone */
export function zoneNamed(name: string): IANAZone {
  const zone = IANAZone.create(name);
  if (!zone.isValid) throw new RangeError(`There is no time zone "${name}".`);
  return zone;
}

/** The moment at which the clocks change; it lies after `low` and not after `high`. */
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
