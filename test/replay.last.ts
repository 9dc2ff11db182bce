import { Client, Connection } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { payloadConverterPath } from '../src/worker/create.ts';
import { withWorker } from './support/harness.ts';
import { smallPlan } from './support/plans.ts';
import { devServer, workflowBundle } from './support/servers.ts';

interface Recorded {
  readonly workflowId: string;
  readonly history: temporal.api.history.v1.IHistory;
}

/** Last of all tests: by now the dev server holds every run that the others have started. */
describe('recorded histories', () => {
  it('replay without a difference: every run of these tests', async function () {
    this.timeout(180_000);
    // One run of its own, so that there is something to replay when this file runs alone.
    const plan = smallPlan({
      milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
    });
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.workflow.terminate();
    });
    const connection = await Connection.connect({
      address: (await devServer()).address,
      // A page of a history may be as large as all of it, and gRPC's own limit is 4 MB.
      channelArgs: { 'grpc.max_receive_message_length': 128 * 1024 * 1024 },
    });
    const client = new Client({ connection });
    const recorded: Recorded[] = [];
    for await (const { workflowId, runId, type } of client.workflow.list()) {
      // A mistyped workflow type has nothing to replay against.
      if (type !== 'phase' && type !== 'milestone') continue;
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      if (!isByHand(history)) recorded.push({ workflowId, history });
    }
    await connection.close();
    await replays(recorded);
  });

  it('replay without a difference: those kept in test/histories', async function () {
    this.timeout(60_000);
    const folder = join(import.meta.dirname, 'histories');
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.json'));
    const recorded = await Promise.all(
      files.map(async (file) => {
        const { workflowId, history } = JSON.parse(await readFile(join(folder, file), 'utf8')) as Recorded;
        return { workflowId, history };
      }),
    );
    await replays(recorded);
  });
});

/** Whether a test has answered the run's workflow tasks itself, as a stranger would: a worker leaves the name of its SDK. */
function isByHand({ events }: temporal.api.history.v1.IHistory): boolean {
  const answers = (events ?? []).flatMap(({ workflowTaskCompletedEventAttributes: answer }) => answer ?? []);
  return answers.length > 0 && answers.every(({ sdkMetadata }) => (sdkMetadata?.sdkName ?? '') === '');
}

async function replays(recorded: readonly Recorded[]): Promise<void> {
  assert.ok(recorded.length > 0, 'there is nothing to replay');
  const results = Worker.runReplayHistories(
    { workflowBundle: await workflowBundle(), dataConverter: { payloadConverterPath } },
    recorded,
  );
  let replayed = 0;
  // Lazy: nothing is replayed, and nothing fails, unless the results are read.
  for await (const { workflowId, error } of results) {
    assert.equal(error, undefined, `${workflowId}: ${String(error)}`);
    replayed += 1;
  }
  assert.equal(replayed, recorded.length);
}
