import type { Calendar } from './calendar.ts';
import { windowsFrom } from './windows.ts';

const FARTHEST_DAYS = 3660;

/**
 * Adds a duration in milliseconds to an instant. With a calendar only the time within its windows counts, and the result lies
 * within a window or at its end. Without a calendar all time counts.
 *
 * @throws RangeError for a duration that is negative or not finite, and when the windows of the next ten years are too short
 */
export function addTime(from: number, ms: number, calendar?: Calendar): number {
  if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`No length of time: ${ms} ms.`);
  if (calendar === undefined) return from + ms;
  let left = ms;
  for (const { opens, closes } of windowsFrom(calendar, from, FARTHEST_DAYS)) {
    const start = Math.max(opens, from);
    if (left <= closes - start) return start + left;
    left -= closes - start;
  }
  throw new RangeError('The calendar has less working time than that in the next ten years.');
}
