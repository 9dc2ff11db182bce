import assert from 'node:assert/strict';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
}).replace('- Ready for 9.1', '- Plan approved\n- Ready for 9.1');

const playbook = `people:
  dana: { roles: [Stakeholder] }
  ines: { roles: [Builder], agents: [Build Agent] }
  lee: { roles: [Delivery Lead] }
operators: [Delivery Lead]
gates: { entry: { 1: { approve: Stakeholder } } }
`;

describe('a milestone that is rejected before it begins', () => {
  it('is let in, in its second round, by nobody but those who approved the same at the phase’s entry gate', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry', 'dana');
      await phase.untilOpen('9.1/entry');
      const [first] = (await phase.gates()).gates;
      assert.equal(first?.met[0]?.how, 'same as entry/1');
      await phase.say('reject', { gate: '9.1/entry', by: 'lee', reason: 'not ready' });
      await phase.say('resubmit', { gate: '9.1/entry', by: 'lee' });
      await phase.until('its second round is open', async () => (await phase.gates()).gates[0]?.round === 2);

      const [gate] = (await phase.gates()).gates;
      assert.deepEqual(gate?.unmet[0]?.who, ['dana']);
      const denied = await phase.say('approve', { gate: '9.1/entry', by: 'ines', criterion: 1 });
      assert.match(`${denied.code} ${denied.reason}`, /^DENIED criterion 1 is for Stakeholder \(held by dana\)/);
      await phase.say('approve', { gate: '9.1/entry', by: 'ines' });
      const cleared = await phase.say('approve', { gate: '9.1/entry', by: 'dana', criterion: 1 });
      assert.equal(cleared.state, 'cleared');
      await phase.workflow.terminate();
    });
  });
});
