import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { addTime } from '../../src/calendar/time.ts';
import { windows } from '../../src/calendar/windows.ts';
import { weekdays, type Calendar } from '../../src/calendar/calendar.ts';
import { at, calendar, HOUR } from './fixture.ts';

const zones = [
  ...['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Asia/Kathmandu', 'Australia/Lord_Howe'],
  // Their clocks change at midnight, or have been set over the date line.
  ...['Africa/Cairo', 'America/Havana', 'America/St_Johns', 'Asia/Beirut', 'America/Sao_Paulo', 'Pacific/Apia'],
];
const time = (minutes: number) =>
  `${Math.floor(minutes / 60)}`.padStart(2, '0') + `:${`${minutes % 60}`.padStart(2, '0')}`;
/** An hour at least, so that the lengths below fit into ten years. */
const hours = fc
  .tuple(fc.integer({ min: 0, max: 92 }), fc.integer({ min: 4, max: 96 }))
  .map(([from, quarters]) => [from, Math.min(from + quarters, 96)].map((quarter) => time(quarter * 15)));
const anyCalendar: fc.Arbitrary<Calendar> = fc
  .record({
    zone: fc.constantFrom(...zones),
    days: fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 1 }),
    hours,
    holidays: fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 5 }),
  })
  .map(({ zone, days, hours: [from = '', to = ''], holidays }) =>
    calendar({ zone, days, from, to, holidays: holidays.map((day) => dayAfter('2026-01-01', day)) }),
  );
// The year 2026, and the years of the changes at midnight.
const instant = fc.oneof(
  fc.integer({ min: at('2026-01-01T00:00Z'), max: at('2027-01-01T00:00Z') }),
  fc.integer({ min: at('2006-01-01T00:00Z'), max: at('2012-03-01T00:00Z') }),
);
const length = fc.integer({ min: 0, max: 100 * HOUR });

describe('whatever the calendar', () => {
  it('windows are ordered and disjoint, end after the time asked for, and last a day at most', () => {
    fc.assert(
      fc.property(anyCalendar, instant, (one, from) => {
        let last = from;
        for (const [index, { opens, closes }] of windows(one, from, 8).entries()) {
          assert.ok(opens < closes && closes > from);
          assert.ok(index === 0 || opens >= last);
          // A day on which the clocks are set back has 25 hours.
          assert.ok(closes - opens <= 25 * HOUR);
          last = closes;
        }
      }),
    );
  });

  it('an instant lies in a window when the clock says so, far from any change of the clocks', () => {
    fc.assert(
      fc.property(anyCalendar, instant, (one, from) => {
        const local = DateTime.fromMillis(from, { zone: one.zone });
        fc.pre(local.minus({ days: 3 }).offset === local.plus({ days: 3 }).offset);
        const [first] = windows(one, from, 1);
        const clock = local.toFormat('HH:mm');
        const works =
          one.days.includes(weekdays[local.weekday - 1]!) &&
          !one.holidays.includes(local.toISODate()!) &&
          one.from <= clock &&
          clock < one.to;
        assert.equal(first !== undefined && first.opens <= from, works);
      }),
      { numRuns: 1000 },
    );
  });

  it('added time ends in a window or at its end, and counts exactly', () => {
    fc.assert(
      fc.property(anyCalendar, instant, length, (one, from, ms) => {
        const end = addTime(from, ms, one);
        fc.pre(end < from + 399 * 24 * HOUR);
        const [around] = windows(one, end - 1, 1);
        assert.ok(around !== undefined && around.opens <= end && end <= around.closes);
        const worked = windows(one, from, 1000)
          .map(({ opens, closes }) => Math.min(closes, end) - Math.max(opens, from))
          .filter((part) => part > 0);
        assert.equal(
          worked.reduce((sum, part) => sum + part, 0),
          ms,
        );
      }),
    );
  });

  it('added time is monotonic, in the time that it starts from and in its length', () => {
    fc.assert(
      fc.property(anyCalendar, instant, length, length, length, (one, from, later, ms, more) => {
        assert.ok(addTime(from, ms, one) <= addTime(from + later, ms, one));
        assert.ok(addTime(from, ms, one) <= addTime(from, ms + more, one));
        if (more > 0) assert.equal(addTime(addTime(from, ms, one), more, one), addTime(from, ms + more, one));
      }),
    );
  });
});

function dayAfter(date: string, days: number): string {
  return DateTime.fromISO(date, { zone: 'utc' }).plus({ days }).toFormat('yyyy-MM-dd');
}
