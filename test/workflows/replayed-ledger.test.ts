import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Folders } from '../support/folders.ts';
import { withWorker, type PhaseHandle } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';

const lane = { title: 'Build', agent: 'Build Agent', letter: 'a' };
const numbers = ['9.1', '9.2', '9.3'];
const plan = smallPlan({
  milestones: numbers.map((number) => ({ number, title: number, lanes: [lane] })),
  dependencies: [],
});

/** On a busy machine one in ten of them would meet what the phase's clock is for. */
const PHASES = 24;
const AT_ONCE = 10;

describe('the ledger of a phase', () => {
  it('is the same when another worker replays the phase', async function () {
    this.timeout(120_000);
    const folders = await Folders.create({ small: { 'plan.md': plan } });
    const place = { folders, taskQueue: `test-${randomUUID()}` };
    const seen: { phase: PhaseHandle; hashes: string[] }[] = [];
    const hashesOf = async (phase: PhaseHandle) => (await phase.ledger()).recent.map(({ hash }) => hash);
    try {
      await withWorker({ phases: {}, place }, async ({ start }) => {
        let started = 0;
        const one = async () => {
          while (started < PHASES) {
            started += 1;
            const phase = await start({ phase: 'small' });
            await phase.approve('entry');
            await Promise.all(
              numbers.map(async (number) => {
                await phase.untilOpen(`${number}/entry`);
                await phase.signal('approve', { gate: `${number}/entry`, by: 'dana' });
                await phase.untilOnDesk(`${number}/a1`);
              }),
            );
            seen.push({ phase, hashes: await hashesOf(phase) });
          }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, one));
      });
      await withWorker({ phases: {}, place }, async () => {
        for (const { phase, hashes } of seen) assert.deepEqual(await hashesOf(phase), hashes);
        for (const { phase } of seen) await phase.workflow.terminate();
      });
    } finally {
      await folders.remove();
    }
  });
});
