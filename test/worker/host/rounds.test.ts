import assert from 'node:assert/strict';
import { timesOfRound } from '../../../src/worker/host/rounds.ts';
import type { NamedCalendar } from '../../../src/plan/gate-model.ts';

const office: NamedCalendar = {
  name: 'office',
  zone: 'Europe/Berlin',
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '09:00',
  to: '17:00',
  holidays: ['2026-12-25'],
};
const HOUR = 3600;
/** Christmas Eve of 2026 is a Thursday; it is 16:00 in Berlin. */
const christmasEve = Date.UTC(2026, 11, 24, 15);

function iso(at: number | undefined): string {
  return new Date(at ?? 0).toISOString();
}

describe('times of a round', () => {
  it('count working time alone where the policy says so: nights, weekends and holidays pass', () => {
    const { times } = timesOfRound(
      {
        workingTime: office,
        wait: HOUR,
        remind: [4 * HOUR, 2 * HOUR],
        deadline: { after: 9 * HOUR, then: 'extend', by: 2 * HOUR },
      },
      christmasEve,
    );
    assert.equal(iso(times?.wait), '2026-12-24T16:00:00.000Z');
    assert.deepEqual(times?.remind?.map(iso), ['2026-12-28T09:00:00.000Z', '2026-12-28T11:00:00.000Z']);
    assert.equal(iso(times?.deadline), '2026-12-28T16:00:00.000Z');
    assert.equal(iso(times?.extended), '2026-12-29T10:00:00.000Z');
  });

  it('are the windows of the next weeks where the policy has one', () => {
    const { windows = [], times } = timesOfRound({ window: office }, christmasEve);
    assert.equal(times, undefined);
    assert.equal(windows.length, 20);
    assert.deepEqual(
      windows.slice(0, 2).map(({ opens }) => iso(opens)),
      ['2026-12-24T08:00:00.000Z', '2026-12-28T08:00:00.000Z'],
    );
  });

  it('fall back on all time, and say so, where the calendar has too little working time', () => {
    const minute = { ...office, days: ['mon'] as const, to: '09:01' } as NamedCalendar;
    const { times, remark } = timesOfRound({ workingTime: minute, wait: 365 * 24 * HOUR }, christmasEve);
    assert.equal(times?.wait, christmasEve + 365 * 24 * HOUR * 1000);
    assert.match(remark ?? '', /^office: .*All time is counted instead/);
  });
});
