import { z } from 'zod';

/** Weekdays in the order of their ISO numbers, 1 to 7. */
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** `09:00` */
export const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'a time of day such as 09:00', abort: true });
const endOfWork = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, { error: 'a time of day such as 17:00, at most 24:00', abort: true });

/** Working hours: the windows in which decisions are expected, in one time zone. */
export const calendarSchema = z
  .strictObject({
    zone: z
      .string()
      .refine(isZone, {
        error: ({ input }) => `there is no time zone "${String(input)}"; zones are named like Europe/Berlin`,
      })
      .describe('IANA time zone, such as Europe/Berlin.'),
    days: z.array(z.enum(weekdays)).min(1).default(['mon', 'tue', 'wed', 'thu', 'fri']).describe('Days of work.'),
    from: timeOfDay.default('09:00').describe('When work begins on each of them.'),
    to: endOfWork.default('17:00').describe('When it ends; 24:00 is the end of the day.'),
    holidays: z
      .array(z.iso.date('no such date; dates are written like 2026-12-25'))
      .default([])
      .describe('Days without work.'),
  })
  .refine(({ from, to }) => from < to, {
    path: ['to'],
    error: ({ input }) => {
      const { from, to } = input as { readonly from: string; readonly to: string };
      return `${to} is not later than from, ${from}; a window stays within one day`;
    },
  });

export type Calendar = z.output<typeof calendarSchema>;

/** Accepts names only: an offset such as +01:00 has no daylight saving time. */
function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
