import assert from 'node:assert/strict';
import type { Calendar } from '../../src/calendar/calendar.ts';
import { windows } from '../../src/calendar/windows.ts';
import { at, calendar, shownAll } from './fixture.ts';

function next(given: Partial<Calendar>, from: string, count: number): string[] {
  const one = calendar(given);
  return shownAll(one.zone, windows(one, at(from), count));
}

const everyDay: Pick<Calendar, 'days'> = { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] };
const newYork = 'America/New_York';

describe('windows of a calendar', () => {
  it('begin with the one that is open', () => {
    assert.deepEqual(next({}, '2026-06-12T10:30+02:00', 2), [
      '2026-06-12T09:00+02:00 2026-06-12T17:00+02:00',
      '2026-06-15T09:00+02:00 2026-06-15T17:00+02:00',
    ]);
  });

  it('begin at their first millisecond and are over at their last', () => {
    const friday = ['2026-06-12T09:00+02:00 2026-06-12T17:00+02:00'];
    assert.deepEqual(next({}, '2026-06-12T09:00+02:00', 1), friday);
    assert.deepEqual(next({}, '2026-06-12T16:59:59.999+02:00', 1), friday);
    assert.deepEqual(next({}, '2026-06-12T17:00+02:00', 1), ['2026-06-15T09:00+02:00 2026-06-15T17:00+02:00']);
  });

  it('leave holidays out', () => {
    assert.deepEqual(next({ holidays: ['2026-12-25', '2027-01-01'] }, '2026-12-24T18:00+01:00', 5), [
      '2026-12-28T09:00+01:00 2026-12-28T17:00+01:00',
      '2026-12-29T09:00+01:00 2026-12-29T17:00+01:00',
      '2026-12-30T09:00+01:00 2026-12-30T17:00+01:00',
      '2026-12-31T09:00+01:00 2026-12-31T17:00+01:00',
      '2027-01-04T09:00+01:00 2027-01-04T17:00+01:00',
    ]);
  });

  it('know days by the zone, not by UTC', () => {
    assert.deepEqual(next({ zone: 'Pacific/Auckland', days: ['mon'] }, '2026-06-14T21:30Z', 1), [
      '2026-06-15T09:00+12:00 2026-06-15T17:00+12:00',
    ]);
  });

  it('keep to the clock when summer time begins', () => {
    assert.deepEqual(next(everyDay, '2026-03-28T08:00+01:00', 2), [
      '2026-03-28T09:00+01:00 2026-03-28T17:00+01:00',
      '2026-03-29T09:00+02:00 2026-03-29T17:00+02:00',
    ]);
    assert.deepEqual(next({ ...everyDay, zone: newYork }, '2026-03-07T08:00-05:00', 2), [
      '2026-03-07T09:00-05:00 2026-03-07T17:00-05:00',
      '2026-03-08T09:00-04:00 2026-03-08T17:00-04:00',
    ]);
  });

  it('keep to the clock when summer time ends', () => {
    assert.deepEqual(next(everyDay, '2026-10-24T08:00+02:00', 2), [
      '2026-10-24T09:00+02:00 2026-10-24T17:00+02:00',
      '2026-10-25T09:00+01:00 2026-10-25T17:00+01:00',
    ]);
    assert.deepEqual(next({ ...everyDay, zone: newYork }, '2026-10-31T08:00-04:00', 2), [
      '2026-10-31T09:00-04:00 2026-10-31T17:00-04:00',
      '2026-11-01T09:00-05:00 2026-11-01T17:00-05:00',
    ]);
  });

  it('open and close at the moment of the skip where the clocks skip a time', () => {
    const night = { ...everyDay, from: '02:30', to: '04:00' };
    assert.deepEqual(next(night, '2026-03-29T00:00+01:00', 1), ['2026-03-29T03:00+02:00 2026-03-29T04:00+02:00']);
    const early = { ...everyDay, zone: newYork, from: '01:00', to: '02:30' };
    assert.deepEqual(next(early, '2026-03-08T00:00-05:00', 1), ['2026-03-08T01:00-05:00 2026-03-08T03:00-04:00']);
  });

  it('do not take place where the clocks skip all of one', () => {
    assert.deepEqual(next({ ...everyDay, from: '02:00', to: '03:00' }, '2026-03-28T12:00+01:00', 1), [
      '2026-03-30T02:00+02:00 2026-03-30T03:00+02:00',
    ]);
  });

  it('open and close at the first of two equal times', () => {
    const late = { ...everyDay, from: '02:30', to: '04:00' };
    assert.deepEqual(next(late, '2026-10-25T00:00+02:00', 1), ['2026-10-25T02:30+02:00 2026-10-25T04:00+01:00']);
    const early = { ...everyDay, zone: newYork, from: '00:00', to: '01:30' };
    assert.deepEqual(next(early, '2026-10-31T12:00-04:00', 1), ['2026-11-01T00:00-04:00 2026-11-01T01:30-04:00']);
  });

  it('are right where offsets have half hours', () => {
    assert.deepEqual(next({ zone: 'Asia/Kolkata' }, '2026-06-12T03:00Z', 1), [
      '2026-06-12T09:00+05:30 2026-06-12T17:00+05:30',
    ]);
    // Summer time is half an hour there; it ends at 02:00 on 5 April.
    const lordHowe = { ...everyDay, zone: 'Australia/Lord_Howe', from: '01:00', to: '03:00' };
    assert.deepEqual(next(lordHowe, '2026-04-03T20:00Z', 2), [
      '2026-04-05T01:00+11:00 2026-04-05T03:00+10:30',
      '2026-04-06T01:00+10:30 2026-04-06T03:00+10:30',
    ]);
  });

  it('may last until the end of the day', () => {
    assert.deepEqual(next({ from: '20:00', to: '24:00' }, '2026-06-11T23:59+02:00', 2), [
      '2026-06-11T20:00+02:00 2026-06-12T00:00+02:00',
      '2026-06-12T20:00+02:00 2026-06-13T00:00+02:00',
    ]);
    const whole = { ...everyDay, from: '00:00', to: '24:00' };
    assert.deepEqual(next(whole, '2026-10-25T00:00+02:00', 2), [
      '2026-10-25T00:00+02:00 2026-10-26T00:00+01:00',
      '2026-10-26T00:00+01:00 2026-10-27T00:00+01:00',
    ]);
  });

  it('are right where days begin late, or are left out', () => {
    const whole = { ...everyDay, from: '00:00', to: '24:00' };
    // Cairo's clocks go from 00:00 to 01:00 on 24 April.
    assert.deepEqual(next({ ...whole, zone: 'Africa/Cairo' }, '2026-04-23T12:00+02:00', 2), [
      '2026-04-23T00:00+02:00 2026-04-24T01:00+03:00',
      '2026-04-24T01:00+03:00 2026-04-25T00:00+03:00',
    ]);
    // Samoa went over the date line, and had no 30 December.
    assert.deepEqual(next({ ...everyDay, zone: 'Pacific/Apia' }, '2011-12-29T12:00-10:00', 2), [
      '2011-12-29T09:00-10:00 2011-12-29T17:00-10:00',
      '2011-12-31T09:00+14:00 2011-12-31T17:00+14:00',
    ]);
  });

  it('are looked for 400 days ahead', () => {
    assert.equal(windows(calendar({ days: ['mon'] }), at('2026-06-12T12:00Z'), 1000).length, 57);
    const holidays = ['2026-06-15', '2026-06-22'];
    assert.equal(windows(calendar({ days: ['mon'], holidays }), at('2026-06-12T12:00Z'), 1000).length, 55);
    assert.deepEqual(windows(calendar(), at('2026-06-12T12:00Z'), 0), []);
  });

  it('cannot be told in a zone that this machine does not know', () => {
    assert.throws(() => windows({ ...calendar(), zone: 'Mars/Phobos' }, 0, 1), /There is no time zone "Mars\/Phobos"/);
  });
});
