import assert from 'node:assert/strict';
import type { MilestoneStatus, TaskStatus } from '../../src/workflows/messages.ts';
import { withWorker, type PhaseHandle } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';

const lanes = [
  { title: 'Build', agent: 'Build Agent', letter: 'a' },
  { title: 'Check', agent: 'Check Agent', letter: 'b' },
];
const plan = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes }] });

describe('a held lane', () => {
  it('waits, and what does not depend on it goes on', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      await phase.hear('hold', { on: '9.1/2', by: 'lee', reason: 'audit' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await phase.complete('9.1/a1');
      await phase.hear('hold', { on: '9.1/a2', by: 'lee', reason: 'tools' });
      assert.deepEqual((await task(phase, '9.1/b1'))?.waitsFor, ['held by lee: audit']);
      assert.equal((await task(phase, '9.1/a2'))?.held, 'held by lee: tools');
      assert.deepEqual(Object.keys((await phase.status()).holds), ['9.1/2', '9.1/a2']);
      await phase.hear('release', { on: '9.1/2', by: 'lee' });
      await phase.complete('9.1/b1');
      await phase.complete('9.1/b2');
      await phase.hear('release', { on: '9.1/a2', by: 'lee' });
      await phase.complete('9.1/a2');
      for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate);
      assert.equal((await phase.workflow.result()).state, 'completed');
    });
  });
});

async function task(phase: PhaseHandle, ref: string): Promise<TaskStatus | undefined> {
  const status = await phase.milestone('9.1').query<MilestoneStatus>('status');
  return status.lanes.flatMap(({ tasks }) => tasks).find((one) => one.task === ref);
}
