import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Harness, withWorker } from '../support/harness.ts';
import { Bench } from '../support/kinds.ts';
import { smallPlan } from '../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});

/** Resets a workflow to its last workflow task: nothing that was asked before is asked again. */
async function resetToLast({ client }: Harness, workflowId: string): Promise<void> {
  const { events = [] } = await client.workflow.getHandle(workflowId).fetchHistory();
  const last = (events ?? []).findLast((event) => event.workflowTaskCompletedEventAttributes);
  await client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId },
    workflowTaskFinishEventId: last?.eventId ?? null,
    requestId: randomUUID(),
    reason: 'a test',
  });
}

/** What was asked before a reset is answered to the run that the reset has made. */
describe('an answer to what was asked before a reset', function () {
  this.timeout(120_000);

  it('counts', async () => {
    const bench = new Bench();
    bench.unmet.add('ready');
    const playbook = 'gates: {entry: {1: {check: {met: ready}, every: 1s}}}\n';
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };
    await withWorker({ phases, checks: [bench.met] }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await phase.untilOpen('entry');
      await phase.until('the check is polled', () => Promise.resolve(bench.ran.length > 2));
      await phase.say('approve', { gate: 'nowhere', by: 'dana' });
      await phase.say('approve', { gate: 'nowhere', by: 'dana' });
      await resetToLast(harness, phase.id);
      const current = harness.again(phase);
      await current.until('the new run hears', async () => (await current.status()).gates.length > 0);
      bench.unmet.clear();
      await current.untilOpen('9.1/entry');
      const { recent } = await current.ledger();
      assert.deepEqual(
        recent.filter(({ what }) => what === 'answer denied'),
        [],
      );
      await current.workflow.terminate();
    });
  });
});
