import type { Calendar } from './calendar.ts';
import { addTime } from './time.ts';
import { windows, windowsFrom } from './windows.ts';

const DAY = 86_400_000;

/**
 * Working time from one instant to another, in milliseconds; negative when the second comes before the first. Without a calendar
 * all time counts.
 */
export function workingTime(from: number, to: number, calendar?: Calendar): number {
  if (to < from) return -workingTime(to, from, calendar);
  if (calendar === undefined) return to - from;
  let sum = 0;
  for (const { opens, closes } of windowsFrom(calendar, from, Math.ceil((to - from) / DAY) + 1)) {
    if (opens >= to) break;
    sum += Math.min(closes, to) - Math.max(opens, from);
  }
  return sum;
}

/** Milliseconds of work in a usual day of a calendar. A day on which the clocks change may have an hour more or less. */
export function workday({ from, to }: Calendar): number {
  return sinceMidnight(to) - sinceMidnight(from);
}

/** The instant itself when it lies within working time, else the next opening. Without a calendar, or further windows, the instant. */
export function nextWork(at: number, calendar?: Calendar): number {
  if (calendar === undefined) return at;
  const [next] = windows(calendar, at, 1);
  return next === undefined ? at : Math.max(next.opens, at);
}

/** As `addTime`; where the calendar has too little working time in the next ten years, all time counts. */
export function addWork(from: number, ms: number, calendar?: Calendar): number {
  try {
    return addTime(from, ms, calendar);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return from + ms;
  }
}

function sinceMidnight(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return (hours * 60 + minutes) * 60_000;
}
