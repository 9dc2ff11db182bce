import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readRuns } from '../../src/record/files.ts';
import { verify } from '../../src/record/verify.ts';
import { withWorker, type Harness, type PhaseHandle } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const phases = { small: { 'plan.md': plan } };

async function finish(phase: PhaseHandle): Promise<void> {
  for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
  for (const task of ['9.1/a1', '9.1/a2']) await phase.complete(task);
  for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate);
}

/** Starts a workflow that nobody carries out, so that its id is taken. */
async function take({ client, taskQueue }: Harness, workflowId: string): Promise<() => Promise<unknown>> {
  const other = await client.workflow.start('somebody-elses', { workflowId, taskQueue: `${taskQueue}-nobody` });
  return () => other.terminate();
}

describe('the record of a phase whose archive id is taken', () => {
  it('is written under an id with the run in it', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      const release = await take(harness, `${phase.id}:archive`);
      await finish(phase);
      assert.equal((await phase.workflow.result()).state, 'completed');
      const archive = harness.client.workflow.getHandle(`${phase.id}:archive:${String(phase.firstRunId)}`);
      const { where } = (await archive.result()) as { where: string };
      const found = await verify(await readRuns([join(harness.folders.recordsDir, where)]));
      assert.ok('milestones' in found, JSON.stringify(found));
      assert.deepEqual(found.milestones, { seen: 1, missing: 0 });
      await release();
    });
  });

  it('is told not to be kept where both are, and the phase completes all the same', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      const releases = [
        await take(harness, `${phase.id}:archive`),
        await take(harness, `${phase.id}:archive:${String(phase.firstRunId)}`),
      ];
      await finish(phase);
      assert.equal((await phase.workflow.result()).state, 'completed');
      const noted = (await phase.ledger()).recent.find(({ what }) => what === 'histories not kept');
      assert.match(noted?.reason ?? '', /export them with the temporal CLI/);
      for (const release of releases) await release();
    });
  });
});
