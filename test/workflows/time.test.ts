import assert from 'node:assert/strict';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const playbook = `people:
  dana: { roles: [Stakeholder], agents: [Build Agent] }
  lee: { roles: [Delivery Lead] }
operators: [Delivery Lead]
gates:
  entry:
    policy: { remind: [1s], deadline: { after: 2s, then: escalate, to: Delivery Lead } }
    1: { approve: Stakeholder }
`;

describe('time passing at a gate', () => {
  it('reminds, and escalates at the deadline, by durable timers', async () => {
    const files = { 'plan.md': plan, 'playbook.yaml': playbook };
    await withWorker({ phases: { small: files } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      await phase.signal('approve', { gate: 'entry', by: 'lee' });
      await phase.until('it is escalated', async () => {
        const entries = (await phase.ledger()).recent;
        return entries.some(({ what }) => what === 'escalated');
      });
      const { recent } = await phase.ledger();
      const told = recent.filter(({ on }) => on === 'entry').map(({ what, code }) => `${what} ${code}`);
      assert.deepEqual(told, ['opened ACCEPTED', 'approve DENIED', 'reminder ACCEPTED', 'escalated ACCEPTED']);
      await phase.signal('approve', { gate: 'entry', by: 'lee' });
      await phase.until('the gate has cleared', async () => {
        const { gates } = await phase.status();
        return gates.some(({ gate, state }) => gate === 'entry' && state === 'cleared');
      });
      await phase.workflow.terminate();
    });
  });
});
