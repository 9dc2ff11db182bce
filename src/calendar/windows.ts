import { DateTime } from 'luxon';
import { weekdays, type Calendar } from '../plan/calendar.ts';
import { firstInstant, zoneNamed } from './zone.ts';

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
