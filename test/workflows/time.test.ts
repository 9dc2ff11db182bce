import assert from 'node:assert/strict';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { timeSkippingServer } from '../support/servers.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const playbook = `people:
  dana: { roles: [Stakeholder], agents: [Build Agent] }
  lee: { roles: [Delivery Lead] }
operators: [Delivery Lead]
gates:
  entry:
    policy: { remind: [1d], deadline: { after: 2d, then: escalate, to: Delivery Lead } }
    1: { approve: Stakeholder }
`;

describe('time passing at a gate', () => {
  it('reminds after a day and escalates after two', async function () {
    this.timeout(60_000);
    const env = await timeSkippingServer();
    const files = { 'plan.md': plan, 'playbook.yaml': playbook };
    await withWorker({ env, searchAttributes: false, phases: { small: files } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      await phase.signal('approve', { gate: 'entry', by: 'lee' });
      await env.sleep('3 days');
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
