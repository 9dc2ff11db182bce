import assert from 'node:assert/strict';
import { bench, quick } from '../../bench/bench.ts';
import { compileWorkers } from '../../bench/compile.ts';
import { within } from '../../bench/clock.ts';
import { Setting } from '../../bench/setting.ts';

describe('A bench of which a part fails', function () {
  this.timeout(400_000);

  it('has shown the parts before it, and names it', async () => {
    await compileWorkers();
    const setting = await Setting.open();
    const shown: string[] = [];
    let workers = 0;
    // The two of the first parts start; the memory part's own do not.
    const startWorker: Setting['startWorker'] = async (side) => {
      workers += 1;
      if (workers > 2) throw new Error('no memory left');
      return setting.startWorker(side);
    };
    const failing = Object.assign(Object.create(setting) as Setting, { startWorker });
    try {
      const follower = { say: () => undefined, show: (title: string) => void shown.push(title) };
      // As little as possible: decisions are made by the hundred.
      const amounts = { ...quick, warmUps: 0, runs: 1, signed: 1, decisions: 0 };
      await assert.rejects(bench(failing, amounts, follower), {
        message: 'the memory of workers with 4 phases that wait: no memory left',
      });
      assert.deepEqual(shown, ['phases, one at a time', 'signed decisions', 'decisions', 'phases, many at once']);
    } finally {
      await setting.close();
    }
  });
});

describe('What takes too long', () => {
  it('is told to end', async () => {
    let told = false;
    const waiting = within(10, 'it ends', (late) => {
      late.addEventListener('abort', () => (told = true));
      return new Promise<never>(() => undefined);
    });
    await assert.rejects(waiting, { message: 'not within 0.01 s: it ends' });
    assert.ok(told);
  });
});
