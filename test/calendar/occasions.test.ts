import assert from 'node:assert/strict';
import { calendarSchema } from '../../src/calendar/calendar.ts';
import { nextOccasion, type Recurrence } from '../../src/calendar/occasions.ts';

const berlin = (more: object = {}) => calendarSchema.parse({ zone: 'Europe/Berlin', ...more });

/** The next occurrences after an instant, as instants. */
function next(count: number, from: string, recurrence: Recurrence, calendar = berlin()): string[] {
  const found: string[] = [];
  for (let after = Date.parse(from); found.length < count;) {
    const occasion = nextOccasion(calendar, recurrence, after);
    if (occasion === undefined) break;
    const { day, at } = occasion;
    after = at;
    found.push(`${day} ${new Date(at).toISOString()}`);
  }
  return found;
}

describe('occasions of a calendar', () => {
  it('are on every working day at the time of day of its zone, and the same instant does not come twice', () => {
    assert.deepEqual(next(3, '2026-12-03T08:29:59.999Z', { at: '09:30' }), [
      '2026-12-03 2026-12-03T08:30:00.000Z',
      '2026-12-04 2026-12-04T08:30:00.000Z',
      '2026-12-07 2026-12-07T08:30:00.000Z',
    ]);
    assert.deepEqual(next(1, '2026-12-03T08:30:00.000Z', { at: '09:30' }), ['2026-12-04 2026-12-04T08:30:00.000Z']);
  });

  it('leave out holidays, and follow the clocks', () => {
    const calendar = berlin({ holidays: ['2026-10-23'] });
    assert.deepEqual(next(2, '2026-10-22T12:00:00Z', { at: '09:30' }, calendar), [
      '2026-10-26 2026-10-26T08:30:00.000Z',
      '2026-10-27 2026-10-27T08:30:00.000Z',
    ]);
    // A time that the clocks skip becomes the moment of the skip.
    const sundays = berlin({ days: ['sun'] });
    assert.deepEqual(next(1, '2027-03-27T12:00:00Z', { at: '02:30' }, sundays), [
      '2027-03-28 2027-03-28T01:00:00.000Z',
    ]);
  });

  it('of a week are on the last working day up to a day: a holiday moves them forward, and a week of holidays has none', () => {
    const days = ['2026-12-21', '2026-12-22', '2026-12-23', '2026-12-24', '2026-12-25'];
    const calendar = berlin({ holidays: ['2026-12-11', ...days] });
    assert.deepEqual(next(4, '2026-11-30T00:00:00Z', { at: '15:00', on: 'fri' }, calendar), [
      '2026-12-04 2026-12-04T14:00:00.000Z',
      '2026-12-10 2026-12-10T14:00:00.000Z',
      '2026-12-18 2026-12-18T14:00:00.000Z',
      '2027-01-01 2027-01-01T14:00:00.000Z',
    ]);
    assert.deepEqual(next(1, '2026-11-30T00:00:00Z', { at: '15:00', on: 'sun' }), [
      '2026-12-04 2026-12-04T14:00:00.000Z',
    ]);
  });

  it('are none where nobody works for 400 days', () => {
    const calendar = berlin({ days: ['mon'], holidays: [] });
    assert.equal(nextOccasion(calendar, { at: '09:00', on: 'sun' }, 0)?.day, '1970-01-05');
    const never = { ...calendar, days: [] };
    assert.equal(nextOccasion(never, { at: '09:00' }, 0), undefined);
  });
});
