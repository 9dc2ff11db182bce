import assert from 'node:assert/strict';
import type { MilestoneStatus } from '../../../src/contract/answers.ts';
import { withWorker, type PhaseHandle } from '../../support/harness.ts';
import { smallPlan } from '../../support/plans.ts';

const lanes = [
  { title: 'Build', agent: 'Build Agent', letter: 'a' },
  { title: 'Check', agent: 'Check Agent', letter: 'b' },
];
const plan = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes }] });
const playbook = `milestones:
  '9.1':
    tasks: { a2: { gate: { Change board has agreed: { approve: true } } } }
    lanes: { Check: { gate: { Laboratory is free: { approve: true } } } }
`;
const files = { 'plan.md': plan, 'playbook.yaml': playbook };

describe('a gate before a single task or lane', () => {
  it('opens when the task is reached, and holds up nothing that does not need the task', async () => {
    await withWorker({ phases: { small: files } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
      await phase.untilOpen('9.1/2/entry');
      assert.equal((await phase.say('approve', { gate: '9.1/a2/entry', by: 'lee' })).code, 'EARLY');
      await phase.complete('9.1/a1');
      await phase.untilOpen('9.1/a2/entry');
      assert.deepEqual(await waitsFor(phase, '9.1/a2'), ['gate 9.1/a2/entry']);
      assert.deepEqual(await waitsFor(phase, '9.1/b1'), ['gate 9.1/2/entry']);
      await phase.approve('9.1/2/entry');
      await phase.complete('9.1/b1');
      await phase.complete('9.1/b2');
      await phase.say('reject', { gate: '9.1/a2/entry', by: 'lee', reason: 'not on Fridays' });
      await phase.say('resubmit', { gate: '9.1/a2/entry', by: 'lee' });
      await phase.approve('9.1/a2/entry');
      await phase.complete('9.1/a2');
      for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate);
      assert.equal((await phase.workflow.result()).state, 'completed');
    });
  });

  it('closes when its task is skipped, and the phase goes on', async () => {
    await withWorker({ phases: { small: files } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      for (const gate of ['entry', '9.1/entry', '9.1/2/entry']) await phase.approve(gate);
      for (const task of ['9.1/a1', '9.1/b1', '9.1/b2']) await phase.complete(task);
      await phase.untilOpen('9.1/a2/entry');
      await phase.say('skip', { task: '9.1/a2', by: 'lee', reason: 'done elsewhere' });
      await phase.untilOpen('9.1/exit');
      const { recent } = await phase.ledger();
      assert.ok(recent.some(({ what, on }) => what === 'closed' && on === '9.1/a2/entry'));
      assert.equal((await phase.say('approve', { gate: '9.1/a2/entry', by: 'lee' })).code, 'EARLY');
      await phase.workflow.terminate();
    });
  });

  it('does not open for a report that no milestone has sent', async () => {
    await withWorker({ phases: { small: files } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      await phase.signal('milestoneReport', [
        { task: '9.1/a1', state: 'waiting', desk: null, gates: ['entry', '9.1/exit'] },
      ]);
      for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
      await phase.untilOpen('9.1/2/entry');
      const open = (await phase.gates()).gates.map(({ gate }) => gate);
      assert.deepEqual(open, ['9.1/2/entry']);
      await phase.workflow.terminate();
    });
  });
});

async function waitsFor(phase: PhaseHandle, task: string): Promise<readonly string[] | undefined> {
  const status = await phase.milestone('9.1').query<MilestoneStatus>('status');
  return status.lanes.flatMap(({ tasks }) => tasks).find((one) => one.task === task)?.waitsFor;
}
