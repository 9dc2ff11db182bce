import assert from 'node:assert/strict';
import { addTime } from '../../src/calendar/time.ts';
import type { Calendar } from '../../src/calendar/calendar.ts';
import { at, calendar, HOUR, shown } from './fixture.ts';

function after(from: string, hours: number, given: Partial<Calendar> = {}): string {
  const one = calendar(given);
  return shown(one.zone, addTime(at(from), hours * HOUR, one));
}

describe('adding time', () => {
  it('counts all of it without a calendar', () => {
    assert.equal(addTime(1000, 48 * HOUR), 1000 + 48 * HOUR);
    assert.equal(addTime(1000, 0), 1000);
  });

  it('counts from now within a window', () => {
    assert.equal(after('2026-06-12T10:00+02:00', 2), '2026-06-12T12:00+02:00');
    assert.equal(after('2026-06-12T10:00+02:00', 0), '2026-06-12T10:00+02:00');
  });

  it('counts from the next window outside of one', () => {
    assert.equal(after('2026-06-12T18:00+02:00', 2), '2026-06-15T11:00+02:00');
    assert.equal(after('2026-06-12T17:00+02:00', 0), '2026-06-15T09:00+02:00');
  });

  it('goes on in the next window, and ends with one rather than beginning another', () => {
    assert.equal(after('2026-06-12T16:00+02:00', 3), '2026-06-15T11:00+02:00');
    assert.equal(after('2026-06-12T16:00+02:00', 1), '2026-06-12T17:00+02:00');
    assert.equal(after('2026-06-12T16:00+02:00', 9), '2026-06-15T17:00+02:00');
  });

  it('leaves holidays out', () => {
    const holidays = ['2026-06-15', '2026-06-16'];
    assert.equal(after('2026-06-12T16:00+02:00', 3, { holidays }), '2026-06-17T11:00+02:00');
  });

  it('counts the hours that really pass when the clocks change', () => {
    const night: Partial<Calendar> = { days: ['sat', 'sun'], from: '00:00', to: '24:00' };
    assert.equal(after('2026-03-29T00:00+01:00', 4, night), '2026-03-29T05:00+02:00');
    assert.equal(after('2026-10-25T00:00+02:00', 4, night), '2026-10-25T03:00+01:00');
    const newYork = { ...night, zone: 'America/New_York' };
    assert.equal(after('2026-03-07T00:00-05:00', 24 + 23, newYork), '2026-03-09T00:00-04:00');
    assert.equal(after('2026-10-31T00:00-04:00', 24 + 25, newYork), '2026-11-02T00:00-05:00');
  });

  it('works over years, and says when there is too little time', () => {
    const rare: Partial<Calendar> = { days: ['mon'], from: '09:00', to: '10:00' };
    assert.equal(after('2026-06-12T18:00+02:00', 104, rare), '2028-06-05T10:00+02:00');
    assert.throws(
      () => after('2026-06-12T18:00+02:00', 600, rare),
      /less working time than that in the next ten years/,
    );
  });

  it('refuses what is no length of time', () => {
    for (const ms of [-1, NaN, Infinity]) assert.throws(() => addTime(0, ms, calendar()), RangeError);
  });
});
