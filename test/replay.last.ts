import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withWorker } from './support/harness.ts';
import { smallPlan } from './support/plans.ts';
import { type Recorded, replay, replayServer } from './support/replay.ts';
import { devServer } from './support/servers.ts';

/** Last of all tests: by now the shared server holds every run that the others have started. What their own servers held is replayed as they end. */
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
    await replayServer((await devServer()).address, { isStrict: false });
  });

  it('replay without a difference: those kept in test/histories', async function () {
    this.timeout(60_000);
    const folder = join(import.meta.dirname, 'histories');
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.json'));
    const recorded = await Promise.all(
      files.map(async (file) => {
        const { workflowId, history } = JSON.parse(await readFile(join(folder, file), 'utf8')) as Recorded;
        return { workflowId, history: historyFromJSON(history) };
      }),
    );
    assert.ok(recorded.length > 0, 'there is nothing to replay');
    await replay(recorded);
  });
});
