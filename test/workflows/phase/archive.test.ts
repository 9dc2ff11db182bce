import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Archived } from '../../../src/contract/activities.ts';
import { IDENTITY_MEMO } from '../../../src/contract/names.ts';
import { endedPhase } from '../../../src/record/ended-phase.ts';
import { Folders } from '../../support/folders.ts';
import { withWorker, type Harness, type PhaseHandle } from '../../support/harness.ts';
import { smallPlan } from '../../support/plans.ts';
import { forget, indexOf, untilKept, verified } from '../../support/records.ts';
import { devServer, startDevServer } from '../../support/servers.ts';

const lanes = [{ title: 'Build', agent: 'Build Agent', letter: 'a' }];
const one = { number: '9.1', title: 'One', lanes };
const phases = {
  small: { 'plan.md': smallPlan({ milestones: [one] }) },
  two: { 'plan.md': smallPlan({ milestones: [one, { number: '9.2', title: 'Two', lanes }] }) },
};

/** Takes a milestone from its entry gate to its exit gate. */
async function work(phase: PhaseHandle, number: string): Promise<void> {
  await phase.approve(`${number}/entry`);
  for (const task of ['a1', 'a2']) await phase.complete(`${number}/${task}`);
  await phase.untilOpen(`${number}/exit`);
}

async function leave(phase: PhaseHandle, number: string): Promise<void> {
  for (const gate of ['exit', 'quality']) await phase.approve(`${number}/${gate}`);
}

async function archived(phase: PhaseHandle): Promise<Archived> {
  return (await phase.archive().result()) as Archived;
}

describe('the record of a phase whose milestone the server forgets', function () {
  this.timeout(60_000);

  it('is whole when the milestone was kept as it closed', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await harness.start({ phase: 'two' });
      await phase.approve('entry');
      await work(phase, '9.1');
      const { runId } = await phase.milestone('9.1').describe();
      await untilKept(harness, phase, runId);
      await forget(harness, `${phase.id}:9.1`, runId);
      await leave(phase, '9.1');
      await work(phase, '9.2');
      await leave(phase, '9.2');
      await phase.approve('completion');
      await phase.workflow.result();
      const { state, missing } = await archived(phase);
      assert.deepEqual({ state, missing }, { state: 'complete', missing: [] });
      assert.deepEqual((await verified(harness, phase)).milestones, { seen: 2, missing: [] });
    });
  });

  it('tells what is missing when it was gone before it could be kept, and waits for nothing', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await harness.start({ phase: 'two' });
      // A records directory that takes nothing, as a bucket may for a while.
      const blocked = join(harness.folders.recordsDir, phase.id);
      await mkdir(harness.folders.recordsDir, { recursive: true });
      await writeFile(blocked, 'in the way');
      await phase.approve('entry');
      await work(phase, '9.1');
      const { runId } = await phase.milestone('9.1').describe();
      await forget(harness, `${phase.id}:9.1`, runId);
      await rm(blocked);
      await leave(phase, '9.1');
      await work(phase, '9.2');
      await leave(phase, '9.2');
      await phase.approve('completion');
      await phase.workflow.result();
      const reason = 'the server did not have it any more when it was to be written';
      assert.deepEqual((await archived(phase)).missing, [`${phase.id}:9.1 (run ${runId}): ${reason}`]);
      const { milestones } = await verified(harness, phase);
      assert.deepEqual(milestones, { seen: 1, missing: [{ workflowId: `${phase.id}:9.1`, runId, reason }] });
    });
  });
});

describe('the record of a phase', function () {
  this.timeout(60_000);

  it('is written when the phase is terminated, and says so', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await harness.start({ phase: 'two' });
      await phase.approve('entry');
      await work(phase, '9.1');
      await leave(phase, '9.1');
      await phase.approve('9.2/entry');
      await phase.untilOnDesk('9.2/a1', 'complete');
      await phase.workflow.terminate('a test');
      assert.equal((await archived(phase)).state, 'complete');
      const found = await verified(harness, phase);
      assert.equal(found.ended, 'terminated');
      assert.deepEqual(found.milestones, { seen: 2, missing: [] });
      assert.ok(found.entries > 5, String(found.entries));
    });
  });

  it('holds every run of one that continued as new, also when the server has forgotten the first', async () => {
    const env = await startDevServer(['limit.historyCount.suggestContinueAsNew=40']);
    await withWorker({ env, phases }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      const first = String(phase.firstRunId);
      await phase.approve('entry');
      await work(phase, '9.1');
      for (let index = 0; index < 20; index += 1) {
        await phase.signal('approve', { gate: 'completion', by: `early ${String(index)}` });
      }
      await phase.until('a new run has begun', async () => {
        return (await harness.client.workflow.getHandle(phase.id).describe()).runId !== first;
      });
      await untilKept(harness, phase, first);
      await forget(harness, phase.id, first);
      const current = harness.again(phase);
      await leave(current, '9.1');
      await current.approve('completion');
      await current.workflow.result();
      const { runId } = await current.workflow.describe();
      await phase.until('the record is closed', async () => (await indexOf(harness, phase))?.state === 'closed');
      const { histories = [] } = (await indexOf(harness, phase)) ?? {};
      const runs = histories.filter(({ type }) => type === 'phase').map((run) => run.runId);
      assert.deepEqual([runs[0], runs.at(-1)], [runId, first]);
      const found = await verified(harness, phase);
      assert.deepEqual(found.milestones, { seen: 1, missing: [] });
    });
  });

  it('is whole when the archive of the first run is still at it', async function () {
    this.timeout(120_000);
    const env = await startDevServer(['limit.historyCount.suggestContinueAsNew=40']);
    await withWorker({ env, phases }, async (harness) => {
      const { client } = harness;
      const phase = await harness.start({ phase: 'small' });
      const firstRunId = String(phase.firstRunId);
      await phase.untilOpen('entry');
      for (let index = 0; index < 30; index += 1) await phase.signal('stray', index);
      await phase.until('a new run has begun', async () => {
        return (await client.workflow.getHandle(phase.id).describe()).runId !== firstRunId;
      });
      await phase.archive().result();
      // The new run has had its first workflow task, in which it starts an archive of its own.
      await phase.currentLedger();
      // Nobody polls this queue, so that it stays open as one does that writes a large history.
      const slow = await client.workflow.start('archive', {
        workflowId: `${phase.id}:archive`,
        taskQueue: 'nobody',
        args: [{ workflowId: phase.id, runId: firstRunId, firstRunId }],
        memo: { [IDENTITY_MEMO]: `${firstRunId}/archive` },
      });
      await client.workflow.getHandle(phase.id).terminate();
      await phase.until(
        'the record is closed',
        async () => (await indexOf(harness, phase))?.state === 'closed',
        60_000,
      );
      await slow.terminate();
    });
  });

  it('is found by any of its runs', async () => {
    const env = await startDevServer(['limit.historyCount.suggestContinueAsNew=40']);
    await withWorker({ env, phases }, async (harness) => {
      const { client } = harness;
      const phase = await harness.start({ phase: 'small' });
      const firstRunId = String(phase.firstRunId);
      await phase.untilOpen('entry');
      await assert.rejects(endedPhase(client, phase.id, firstRunId), /has not ended/);
      for (let index = 0; index < 30; index += 1) await phase.signal('stray', index);
      await phase.until('a new run has begun', async () => {
        return (await client.workflow.getHandle(phase.id).describe()).runId !== firstRunId;
      });
      await client.workflow.getHandle(phase.id).terminate();
      const { runId } = await client.workflow.getHandle(phase.id).describe();
      const expected = { phase: { workflowId: phase.id, firstRunId }, runId };
      assert.deepEqual(await endedPhase(client, phase.id, firstRunId), expected);
      assert.deepEqual(await endedPhase(client, phase.id), expected);
    });
  });

  it('is written once the phase has ended that was reset to its very beginning', async () => {
    await withWorker({ phases }, async (harness) => {
      const { client } = harness;
      const phase = await harness.start({ phase: 'small' });
      await phase.approve('entry');
      const { events } = await client.workflow.getHandle(phase.id).fetchHistory();
      const task = events?.find(({ workflowTaskCompletedEventAttributes: completed }) => completed);
      await client.workflowService.resetWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: phase.id },
        workflowTaskFinishEventId: task?.eventId ?? null,
        requestId: randomUUID(),
        reason: 'a test',
      });
      const current = harness.again(phase, phase.firstRunId);
      await current.untilOpen('entry');
      await current.workflow.cancel();
      await assert.rejects(current.workflow.result(), /cancel/i);
      await current.until('the record is closed', async () => (await indexOf(harness, current))?.state === 'closed');
      assert.equal((await verified(harness, current)).resets, 1);
      const ids = [`${phase.id}:archive`, `${phase.id}:archive:${String(phase.firstRunId)}`];
      const ends = await Promise.all(ids.map((id) => client.workflow.getHandle(id).result() as Promise<Archived>));
      assert.deepEqual(ends.map(({ state }) => state).sort(), ['complete', 'elsewhere']);
    });
  });

  it('is written whatever messages its archive is sent', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await phase.untilOpen('entry');
      for (let index = 0; index < 20; index += 1) await phase.archive().signal(`stray ${String(index)}`, index);
      assert.match(await phase.archive().executeUpdate<string, []>('stray'), /^dropped/);
      await phase.workflow.cancel();
      assert.equal((await archived(phase)).state, 'complete');
    });
  });
});

/** Starts a workflow that nobody carries out, so that its id is taken. */
async function take({ client, taskQueue }: Pick<Harness, 'client' | 'taskQueue'>, workflowId: string): Promise<void> {
  await client.workflow.start('somebody-elses', { workflowId, taskQueue: `${taskQueue}-nobody` });
}

describe('the record of a phase whose archive id is taken', function () {
  this.timeout(60_000);

  /** Starts a phase while no worker runs, and has ids taken before one does. */
  async function startAmong(
    ids: (workflowId: string, runId: string) => readonly string[],
    action: (harness: Harness, phase: PhaseHandle) => Promise<void>,
  ): Promise<void> {
    const { client } = await devServer();
    const place = { folders: await Folders.create(phases), taskQueue: `test-${randomUUID()}` };
    const workflowId = `p-${randomUUID()}`;
    const options = { taskQueue: place.taskQueue, workflowId, args: [{ phase: 'small', by: 'starter' }] };
    const { firstExecutionRunId } = await client.workflow.start('phase', options);
    const taken = ids(workflowId, firstExecutionRunId);
    for (const id of taken) await take({ client, taskQueue: place.taskQueue }, id);
    try {
      await withWorker({ phases, place }, async (harness) => {
        await action(harness, harness.again({ id: workflowId }, firstExecutionRunId));
      });
    } finally {
      for (const id of taken) await client.workflow.getHandle(id).terminate();
      await place.folders.remove();
    }
  }

  it('is written under an id with the run in it', async () => {
    const first = (id: string) => [`${id}:archive`];
    await startAmong(first, async (harness, phase) => {
      await phase.approve('entry');
      await work(phase, '9.1');
      await phase.workflow.cancel();
      await harness.client.workflow.getHandle(`${phase.id}:archive:${String(phase.firstRunId)}`).result();
      assert.deepEqual((await verified(harness, phase)).milestones, { seen: 1, missing: [] });
    });
  });

  it('is told not to be kept where both are, and the phase goes on all the same', async () => {
    const both = (id: string, runId: string) => [`${id}:archive`, `${id}:archive:${runId}`];
    await startAmong(both, async (_, phase) => {
      await phase.approve('entry');
      await phase.untilOpen('9.1/entry');
      const noted = (await phase.ledger()).recent.find(({ what }) => what === 'histories not kept');
      assert.match(noted?.reason ?? '', /already started; npm run record -- export writes them/);
      await phase.workflow.terminate();
    });
  });
});
