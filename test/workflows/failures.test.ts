import { CancelledFailure, WorkflowFailedError } from '@temporalio/client';
import assert from 'node:assert/strict';
import { withWorker } from '../support/harness.ts';
import { Bench } from '../support/kinds.ts';
import { smallPlan } from '../support/plans.ts';

const lanes = [
  { title: 'Build', agent: 'Build Agent', letter: 'a' },
  { title: 'Check', agent: 'Check Agent', letter: 'b' },
];
const plan = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes }] });

describe('a phase that does not go as planned', () => {
  it('settles cancelled steps before it ends as cancelled', async () => {
    const bench = new Bench();
    const playbook = 'milestones:\n  "9.1":\n    tasks: {a1: {hang: a1}, b1: {hang: b1}}\n';
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } }, steps: [bench.hang] },
      async ({ start }) => {
        const phase = await start({ phase: 'small' });
        await phase.approve('entry');
        await phase.approve('9.1/entry');
        await bench.began('a1');
        await bench.began('b1');
        await phase.workflow.cancel();
        await assert.rejects(phase.workflow.result(), (error: unknown) => {
          assert.ok(error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure);
          return true;
        });
        assert.deepEqual(bench.ran.slice(2).toSorted(), ['settle a1', 'settle b1']);
        const { recent } = await phase.ledger();
        assert.equal(recent.at(-1)?.reason, 'cancelled');
      },
    );
  });

  it('blocks the tasks of a milestone that somebody terminated, and runs it again on retry', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await phase.complete('9.1/a1');
      await phase.untilOnDesk('9.1/a2');
      await phase.milestone('9.1').terminate('by mistake');
      await phase.untilOnDesk('9.1/a2', 'blocked');
      await phase.say('retry', { task: '9.1/a2', by: 'anyone' });
      await phase.complete('9.1/a2');
      await phase.complete('9.1/b1');
      await phase.complete('9.1/b2');
      await phase.untilOpen('9.1/exit');
      await phase.workflow.terminate();
    });
  });

  it('skips what an operator skips: blocked, waiting, and not yet begun', async () => {
    const bench = new Bench();
    bench.failing.add('a1');
    const playbook = 'milestones:\n  "9.1":\n    tasks: {a1: {act: a1}, a2: {act: a2}}\n';
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } }, steps: [bench.act] },
      async ({ start }) => {
        const phase = await start({ phase: 'small' });
        await phase.approve('entry');
        const skip = (task: string) => phase.say('skip', { task, by: 'lee', reason: 'not needed' });
        assert.equal((await skip('9.1/b2')).code, 'ACCEPTED');
        await phase.approve('9.1/entry');
        await phase.untilOnDesk('9.1/a1', 'blocked');
        await phase.untilOnDesk('9.1/b1', 'complete');
        assert.equal((await skip('9.1/a1')).code, 'ACCEPTED');
        assert.equal((await skip('9.1/b1')).code, 'ACCEPTED');
        await phase.untilOpen('9.1/exit');
        assert.deepEqual(bench.ran, ['a1', 'a2']);
        await phase.workflow.terminate();
      },
    );
  });
});
