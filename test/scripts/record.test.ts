import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { withWorker, type PhaseHandle } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { forget } from '../support/records.ts';
import { devServer } from '../support/servers.ts';
import { runScript } from './run-script.ts';

const lanes = [{ title: 'Build', agent: 'Build Agent', letter: 'a' }];
const plan = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes }] });
const phases = { small: { 'plan.md': plan } };

async function record(...args: string[]) {
  const { address } = await devServer();
  return runScript('record', args, { TEMPORAL_ADDRESS: address, NO_COLOR: '1' });
}

/** To the second task of its milestone. */
async function toWork(phase: PhaseHandle): Promise<void> {
  for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
  await phase.complete('9.1/a1');
  await phase.untilOnDesk('9.1/a2', 'complete');
}

describe('npm run record -- export', function () {
  this.timeout(60_000);

  it('writes the record of a phase that was terminated, which verifies as such', async () => {
    await withWorker({ phases }, async ({ start, folders }) => {
      const phase = await start({ phase: 'small' });
      await toWork(phase);
      await phase.workflow.terminate('a test');
      // By itself the milestone would be waited for.
      await phase.archive().result();
      const to = join(folders.root, 'by-hand');
      const { code, stdout, stderr } = await record('export', '--workflow-id', phase.id, '--to', to);
      assert.equal(code, 0, stderr);
      const folder = join(to, phase.id, String(phase.firstRunId));
      assert.equal(stdout, `${folder}: 2 histories\nTo verify it: npm run verify -- ${folder}\n`);
      const again = await record('export', '--workflow-id', phase.id, '--run-id', String(phase.firstRunId), '--to', to);
      assert.equal(again.stdout, stdout);
      const verified = await runScript('verify', [folder]);
      assert.equal(verified.code, 0, verified.stderr);
      assert.match(verified.stdout, /the phase was terminated: its ledger goes as far as it was recorded/);
      assert.match(verified.stdout, /the phase and 1 run of milestones replayed/);
    });
  });

  it('tells what the server has forgotten, as does whoever verifies', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await toWork(phase);
      await phase.workflow.cancel();
      await phase.archive().result();
      const { runId } = await phase.milestone('9.1').describe();
      await forget(harness, `${phase.id}:9.1`, runId);
      const to = join(harness.folders.root, 'by-hand');
      const { stdout } = await record('export', '--workflow-id', phase.id, '--to', to);
      const gone = `${phase.id}:9.1 (run ${runId}): the server did not have it any more when it was to be written`;
      assert.ok(stdout.includes(`1 history\n  missing: ${gone}\n`), stdout);
      const verified = await runScript('verify', [join(to, phase.id, String(phase.firstRunId))]);
      assert.equal(verified.code, 0, verified.stderr);
      assert.ok(verified.stdout.includes(`1 history missing, and so not looked at:\n    ${gone}\n`), verified.stdout);
    });
  });

  it('writes a history of which the server sends more at once than gRPC takes by itself', async () => {
    await withWorker({ phases }, async ({ client, taskQueue, folders }) => {
      const options = { taskQueue: `${taskQueue}-nobody`, workflowId: `p-${randomUUID()}` };
      const handle = await client.workflow.start('phase', options);
      for (let sent = 0; sent < 5; sent += 1) await handle.signal('progress', 'x'.repeat(1_000_000));
      await handle.terminate();
      const { code, stdout, stderr } = await record(
        ...['export', '--workflow-id', handle.workflowId, '--to', folders.recordsDir],
      );
      assert.equal(code, 0, stderr);
      assert.match(stdout, /: 1 history\n/);
    });
  });

  it('says in one sentence what keeps it from being written', async () => {
    await withWorker({ phases }, async ({ start, folders }) => {
      const phase = await start({ phase: 'small' });
      const open = await record('export', '--workflow-id', phase.id, '--to', folders.recordsDir);
      assert.equal(open.code, 1);
      assert.match(open.stderr, /^p-\S+ has not ended; its archive writes the record as its milestones close\n$/);
      await phase.workflow.terminate();
      const archive = await record('export', '--workflow-id', `${phase.id}:archive`, '--to', folders.recordsDir);
      assert.match(archive.stderr, /is a workflow of type "archive", and no phase\n$/);
      const none = await record('export', '--workflow-id', 'nobody', '--to', folders.recordsDir);
      assert.match(none.stderr, /^the server has no workflow nobody, or not any more\n$/);
    });
  });
});
