import assert from 'node:assert/strict';
import { Bench } from '../support/kinds.ts';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});

describe('answers of activities', () => {
  it('are signed by the worker', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await phase.complete('9.1/a1');
      await phase.complete('9.1/a2');
      for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate);
      assert.equal((await phase.workflow.result()).state, 'completed');
      const { recent } = await phase.ledger();
      console.log(recent.map(({ what, code, reason }) => [what, code, reason]));
    });
  });
});
void Bench;
