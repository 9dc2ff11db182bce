import assert from 'node:assert/strict';
import { calendarSchema } from '../../src/calendar/calendar.ts';

describe('a calendar', () => {
  it('has the hours of an office unless it states others', () => {
    assert.deepEqual(calendarSchema.parse({ zone: 'Europe/Berlin' }), {
      zone: 'Europe/Berlin',
      days: ['mon', 'tue', 'wed', 'thu', 'fri'],
      from: '09:00',
      to: '17:00',
      holidays: [],
    });
  });

  it('may last until the end of the day, and take leap days off', () => {
    const given = { zone: 'UTC', days: ['sun'], from: '00:00', to: '24:00', holidays: ['2028-02-29'] };
    assert.deepEqual(calendarSchema.parse(given), given);
  });

  const faults: [why: string, given: object, problem: string | RegExp][] = [
    ['no zone', {}, 'zone: Invalid input: expected string, received undefined'],
    [
      'an unknown zone',
      { zone: 'Mars/Phobos' },
      'zone: there is no time zone "Mars/Phobos"; zones are named like Europe/Berlin',
    ],
    ['an offset', { zone: '+01:00' }, 'zone: there is no time zone "+01:00"; zones are named like Europe/Berlin'],
    ['no day', { days: [] }, 'days: Too small: expected array to have >=1 items'],
    ['a day that is none', { days: ['lun'] }, /^days\.0: Invalid option: expected one of "mon"\|"tue"/],
    ['an impossible time', { from: '9:00' }, 'from: a time of day such as 09:00'],
    ['a beginning at the end of the day', { from: '24:00' }, 'from: a time of day such as 09:00'],
    ['a time after the end of the day', { to: '24:30' }, 'to: a time of day such as 17:00, at most 24:00'],
    [
      'an end before the beginning',
      { from: '22:00', to: '06:00' },
      'to: 06:00 is not later than from, 22:00; a window stays within one day',
    ],
    [
      'an end at the beginning',
      { from: '17:00' },
      'to: 17:00 is not later than from, 17:00; a window stays within one day',
    ],
    ['an impossible date', { holidays: ['2026-02-29'] }, 'holidays.0: no such date; dates are written like 2026-12-25'],
    [
      'a date of another form',
      { holidays: ['25.12.2026'] },
      'holidays.0: no such date; dates are written like 2026-12-25',
    ],
    ['an unknown key', { hours: 8 }, ': Unrecognized key: "hours"'],
  ];
  for (const [why, given, problem] of faults) {
    it(`refuses ${why}`, () => {
      const { error } = calendarSchema.safeParse(why === 'no zone' ? given : { zone: 'Europe/Berlin', ...given });
      const told = error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
      assert.equal(told.length, 1);
      if (typeof problem === 'string') assert.equal(told[0], problem);
      else assert.match(told[0]!, problem);
    });
  }
});
