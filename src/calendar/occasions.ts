import { DateTime } from 'luxon';
import { type Calendar, weekdays } from './calendar.ts';
import { firstInstant, isWorkday, sinceMidnight, zoneNamed } from './windows.ts';

/** What happens on working days at a time of day: on each of them, or on one in a week. */
export interface Recurrence {
  /** Time of day: `09:30`. */
  readonly at: string;
  /** Last day of the week that it may be on. It is on the last working day up to it, so a holiday moves it forward. Absent: every working day. */
  readonly on?: (typeof weekdays)[number];
}

/** One occurrence of it. */
export interface Occasion {
  /** Date in the zone of the calendar: `2026-11-30`. */
  readonly day: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

const FARTHEST_DAYS = 400;

/**
 * The first occurrence after an instant.
 *
 * @returns `undefined` when there is none within 400 days
 */
export function nextOccasion(calendar: Calendar, { at, on }: Recurrence, after: number): Occasion | undefined {
  const zone = zoneNamed(calendar.zone);
  const time = sinceMidnight(at);
  // Dates are kept in UTC, where every day has 24 hours.
  const today = DateTime.fromMillis(after, { zone }).setZone('utc', { keepLocalTime: true }).startOf('day');
  for (let days = -1; days <= FARTHEST_DAYS; days += 1) {
    const date = today.plus({ days });
    if (!isWorkday(calendar, date) || (on !== undefined && !isLastUpTo(calendar, date, on))) continue;
    const instant = firstInstant(zone, date.toMillis() + time);
    if (instant > after) return { day: date.toFormat('yyyy-MM-dd'), at: instant };
  }
  return undefined;
}

/** True for the last working day of its week up to a day of the week. */
function isLastUpTo(calendar: Calendar, date: DateTime, on: (typeof weekdays)[number]): boolean {
  const left = weekdays.indexOf(on) + 1 - date.weekday;
  if (left < 0) return false;
  return !Array.from({ length: left }, (_, index) => date.plus({ days: index + 1 })).some((later) =>
    isWorkday(calendar, later),
  );
}
