import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Folders } from '../support/folders.ts';
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

/** The SDK itself answers for an activity that a worker does not have, before any interceptor runs. */
describe('a worker that does not know a kind', function () {
  this.timeout(120_000);

  it('says so, and its answer counts', async () => {
    const bench = new Bench();
    bench.unmet.add('ready');
    const playbook = 'gates: {entry: {1: {check: {met: ready}, every: 1s}}}\n';
    const place = {
      folders: await Folders.create({ small: { 'plan.md': plan, 'playbook.yaml': playbook } }),
      taskQueue: `test-${randomUUID()}`,
    };
    try {
      const phase = await withWorker({ phases: {}, place, checks: [bench.met] }, async ({ start }) => {
        const started = await start({ phase: 'small' });
        await started.untilOpen('entry');
        return started;
      });
      await withWorker({ phases: {}, place }, async () => {
        await phase.signal('recheck', { gate: 'entry', by: 'dana' });
        await phase.until('it is shown or denied', async () => {
          const [gate] = (await phase.gates()).gates;
          const { recent } = await phase.currentLedger();
          const reason = gate?.unmet[0]?.checks[0]?.reason ?? '';
          return reason.includes('not registered') || recent.some(({ what }) => what === 'answer denied');
        });
        const { recent } = await phase.currentLedger();
        assert.deepEqual(
          recent.filter(({ what }) => what === 'answer denied'),
          [],
        );
        await phase.workflow.terminate();
      });
    } finally {
      await place.folders.remove();
    }
  });
});
