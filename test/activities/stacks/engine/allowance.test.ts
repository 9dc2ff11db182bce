import assert from 'node:assert/strict';
import { Allowance } from '../../../../src/activities/stacks/engine/stack.ts';

describe('Allowance', () => {
  it('lets the first ones through at once, and the next ones only as the interval passes', async () => {
    const allowance = new Allowance(3, 60_000);
    await Promise.all([allowance.take(), allowance.take(), allowance.take()]);

    const slow = new Allowance(1, 200);
    await slow.take();
    const began = performance.now();
    await slow.take();
    await slow.take();
    // Timers may ring a millisecond early.
    assert.ok(performance.now() - began >= 395);
  });
});
