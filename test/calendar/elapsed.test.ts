import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addWork, nextWork, workday, workingTime } from '../../src/calendar/elapsed.ts';
import { at, calendar, HOUR } from './fixture.ts';

const berlin = calendar({ holidays: ['2026-12-25'] });

describe('working time between two instants', () => {
  it('leaves out nights, weekends and holidays', () => {
    assert.equal(workingTime(at('2026-12-24T16:00+01:00'), at('2026-12-28T10:00+01:00'), berlin), 2 * HOUR);
    assert.equal(workingTime(at('2026-12-28T10:00+01:00'), at('2026-12-24T16:00+01:00'), berlin), -2 * HOUR);
    assert.equal(workingTime(at('2026-12-26T00:00+01:00'), at('2026-12-27T00:00+01:00'), berlin), 0);
    assert.equal(workingTime(5, 12), 7);
  });

  it('is what adding it has added', () => {
    const instants = fc.integer({ min: at('2026-01-01T00:00Z'), max: at('2027-01-01T00:00Z') });
    fc.assert(
      fc.property(instants, fc.integer({ min: 0, max: 2000 * HOUR }), (from, ms) => {
        assert.equal(workingTime(from, addWork(from, ms, berlin), berlin), ms);
      }),
    );
  });

  it('begins at the next opening', () => {
    assert.equal(nextWork(at('2026-12-25T12:00+01:00'), berlin), at('2026-12-28T09:00+01:00'));
    assert.equal(nextWork(at('2026-12-28T12:00+01:00'), berlin), at('2026-12-28T12:00+01:00'));
    assert.equal(nextWork(7), 7);
    assert.equal(workday(berlin), 8 * HOUR);
  });

  it('counts all time where a calendar has too little', () => {
    const rare = calendar({ from: '09:00', to: '09:01', days: ['mon'] });
    assert.equal(addWork(0, 3000 * HOUR, rare), 3000 * HOUR);
  });
});
