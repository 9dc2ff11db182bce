import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readRuns } from '../../src/record/files.ts';
import { type PhaseHandle, withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { verify } from '../support/verify.ts';

const plan = smallPlan({
  milestones: [
    {
      number: '9.1',
      title: 'One',
      lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }],
      tags: { a2: 'milestone' },
    },
  ],
});
const DAY = 86_400_000;

describe('a bar tagged milestone', () => {
  for (const pace of ['asap', 'planned'] as const) {
    it(`is reached with what it follows, and nobody is asked (pace ${pace})`, async () => {
      await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
        const phase = await start({ phase: 'small', pace, dayLength: '24h' });
        await approve(phase, 'entry');
        await approve(phase, '9.1/entry');
        await phase.untilOnDesk('9.1/a1');
        assert.equal((await phase.say('complete', { task: '9.1/a1', by: 'dana' })).code, 'ACCEPTED');
        await phase.untilOpen('9.1/exit');
        const asked = (await phase.ledger()).recent.filter(({ on }) => on === '9.1/a2').map(({ what }) => what);
        assert.ok(!asked.includes('complete'), asked.join());
        await phase.workflow.terminate();
      });
    });
  }
});

describe('the record of a phase with a bar tagged milestone', () => {
  it('verifies', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ client, folders, start }) => {
      const phase = await start({ phase: 'small' });
      await approve(phase, 'entry');
      await approve(phase, '9.1/entry');
      await phase.complete('9.1/a1');
      for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await approve(phase, gate);
      await phase.workflow.result();
      const { where } = (await client.workflow.getHandle(`${phase.id}:archive`).result()) as { where: string };
      const found = await verify(await readRuns([join(folders.recordsDir, where)]));
      assert.ok(!('reason' in found), JSON.stringify(found));
    });
  });
});

describe('a Gantt with dates', () => {
  it('starts at once what it planned for the past, and is due on its date', async () => {
    const today = Math.floor(Date.now() / DAY) * DAY;
    const date = (days: number): string => new Date(today + days * DAY).toISOString().slice(0, 10);
    const dated = plan.replace('dateFormat  D', 'dateFormat  YYYY-MM-DD').replace('a1, 01, 1d', `a1, ${date(-3)}, 10d`);
    await withWorker({ phases: { small: { 'plan.md': dated } } }, async ({ start }) => {
      const phase = await start({ phase: 'small', pace: 'planned' });
      await approve(phase, 'entry');
      await approve(phase, '9.1/entry');
      await phase.untilOnDesk('9.1/a1');
      const item = (await phase.status()).desk.find(({ task }) => task === '9.1/a1');
      assert.equal(new Date(item?.due ?? 0).getTime(), today + 7 * DAY);
      await phase.workflow.terminate();
    });
  });
});

async function approve(phase: PhaseHandle, gate: string): Promise<void> {
  await phase.untilOpen(gate);
  await phase.say('approve', { gate, by: 'dana' });
}
