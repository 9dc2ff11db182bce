import assert from 'node:assert/strict';
import { withWorker } from '../support/harness.ts';
import { Intruder } from '../support/intruder.ts';
import { Bench } from '../support/kinds.ts';
import { smallPlan } from '../support/plans.ts';

const lanes = ['a', 'b', 'c'].map((letter) => ({ title: `Lane ${letter}`, agent: 'Build Agent', letter }));
const plan = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes }] });
const playbook = 'milestones: {"9.1": {tasks: {a1: {wait: one}, b1: {wait: two}, c1: {wait: three}}}}\n';
const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };

/** More than the server takes in one piece (2 MB), and less than it takes in a message. */
const TOO_LARGE = 'x'.repeat(2_500_000);

/** The server itself ends an activity whose answer or heartbeat is too large. Whoever may write to the namespace can send such ones. */
describe('the end of an activity by the server', function () {
  this.timeout(120_000);

  it('does not count where nobody has signed it: the step runs again', async () => {
    const bench = new Bench();
    await withWorker({ phases, steps: [bench.wait] }, async ({ start, client }) => {
      const phase = await start({ phase: 'small' });
      for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
      for (const name of ['one', 'two', 'three']) await bench.began(name);
      const intruder = new Intruder(client);
      const milestone = `${phase.id}:9.1`;
      let ids: string[] = [];
      await phase.until('all steps run', async () => {
        ids = await intruder.pending(milestone, 'step.wait');
        return ids.length === 3;
      });
      const [one = '', two = '', three = ''] = ids;
      // The server refuses this one: no workflow has asked for it.
      await assert.rejects(intruder.cancel(milestone, one), /without activity being request canceled first/);
      await intruder.complete(milestone, one, TOO_LARGE);
      await intruder.fail(milestone, two, TOO_LARGE);
      await intruder.overload(milestone, three, TOO_LARGE);
      let reasons: string[] = [];
      await phase.until('all of that is denied', async () => {
        const { recent } = await phase.currentLedger();
        reasons = recent.flatMap(({ what, reason = '' }) => (what === 'answer denied' ? [reason] : []));
        return reasons.length === 3;
      });
      for (const reason of reasons) assert.match(reason, /^the answer of step\.wait .* is not signed by a worker$/);
      await phase.until('the steps run again', () => Promise.resolve(bench.ran.length === 6), 60_000);
      assert.equal(new Set(bench.identities).size, 3, 'under the same identities');
      assert.deepEqual((await phase.status()).desk, [], 'nothing is blocked');
      bench.release();
      for (const task of ['9.1/a2', '9.1/b2', '9.1/c2']) await phase.complete(task);
      await phase.untilOpen('9.1/exit');
      await phase.workflow.terminate();
    });
  });
});
