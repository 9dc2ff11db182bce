import assert from 'node:assert/strict';
import { PhaseClock } from '../../../src/workflows/temporal/clock.ts';

describe('the clock of a phase', () => {
  it('goes by what local activities record', async () => {
    const clock = new PhaseClock(() => undefined);
    const at = Date.now() + 1000;
    await clock.local(() => Promise.resolve({ at }));
    assert.equal(clock.now, at);
  });

  it('does not run ahead with a worker whose clock is fast', async () => {
    const clock = new PhaseClock(() => undefined);
    const hour = 3_600_000;
    await clock.local(() => Promise.resolve({ at: Date.now() + 2 * hour }));
    assert.ok(clock.now < Date.now() + hour);
  });
});
