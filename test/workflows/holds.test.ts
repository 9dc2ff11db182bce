import assert from 'node:assert/strict';
import type { MilestoneStatus, TaskStatus } from '../../src/contract/answers.ts';
import { withWorker, type PhaseHandle } from '../support/harness.ts';
import { Bench } from '../support/kinds.ts';
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

describe('a held task', () => {
  it('that is skipped begins no further step, and is not waited for', async () => {
    const bench = new Bench();
    const playbook = 'milestones: { "9.1": { tasks: { a1: { steps: [{ wait: first }, { act: second }] } } } }\n';
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };
    await withWorker({ phases, steps: [bench.wait, bench.act] }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
      await bench.began('first');
      await phase.hear('hold', { on: '9.1/a1', by: 'lee', reason: 'audit' });
      assert.equal((await phase.say('skip', { task: '9.1/a1', by: 'lee', reason: 'not needed' })).code, 'ACCEPTED');
      bench.release();
      await phase.untilOnDesk('9.1/a2', 'complete');
      assert.deepEqual(bench.ran, ['first']);
      await phase.workflow.terminate();
    });
  });
});

async function task(phase: PhaseHandle, ref: string): Promise<TaskStatus | undefined> {
  const status = await phase.milestone('9.1').query<MilestoneStatus>('status');
  return status.lanes.flatMap(({ tasks }) => tasks).find((one) => one.task === ref);
}
