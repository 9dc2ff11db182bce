import { DateTime } from 'luxon';
import { calendarSchema, type Calendar } from '../../src/calendar/calendar.ts';
import type { Window } from '../../src/calendar/windows.ts';

export const HOUR = 3_600_000;

export function calendar(given: Partial<Calendar> = {}): Calendar {
  return calendarSchema.parse({ zone: 'Europe/Berlin', ...given });
}

/** An instant from its ISO form, which states an offset. */
export function at(iso: string): number {
  return DateTime.fromISO(iso, { setZone: true }).toMillis();
}

/** `2026-03-29T02:00+01:00`, as the clocks of the zone show it. */
export function shown(zone: string, instant: number): string {
  return DateTime.fromMillis(instant, { zone }).toFormat("yyyy-MM-dd'T'HH:mmZZ");
}

export function shownAll(zone: string, all: readonly Window[]): string[] {
  return all.map(({ opens, closes }) => `${shown(zone, opens)} ${shown(zone, closes)}`);
}
