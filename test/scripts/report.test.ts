import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Folders } from '../support/folders.ts';
import { withWorker, type PhaseHandle } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { forget, recordOf } from '../support/records.ts';
import { devServer } from '../support/servers.ts';
import { runScript } from './run-script.ts';

const lanes = [{ title: 'Build', agent: 'Build Agent', letter: 'a' }];
const plan = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes }] });
const playbook = `people:
  dana: {roles: [Stakeholder]}
  ines: {agents: [Build Agent], roles: [Delivery Lead]}
operators: [Delivery Lead]
gates: {entry: {1: {approve: Stakeholder}}}
`;
const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };

async function report(...args: string[]) {
  const { address } = await devServer();
  return runScript('report', args, { TEMPORAL_ADDRESS: address, NO_COLOR: '1' });
}

/** To the second task of its milestone. */
async function toWork(phase: PhaseHandle): Promise<void> {
  await phase.approve('entry', 'dana');
  await phase.approve('9.1/entry', 'dana');
  await phase.complete('9.1/a1', 'ines');
  await phase.untilOnDesk('9.1/a2', 'complete');
}

async function toEnd(phase: PhaseHandle): Promise<void> {
  await phase.complete('9.1/a2', 'ines');
  for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate, 'dana');
  await phase.workflow.result();
  await phase.archive().result();
}

describe('npm run report', function () {
  this.timeout(60_000);

  it('writes a page about a phase that runs: what it waits for, and what has been decided', async () => {
    await withWorker({ phases }, async ({ start, folders }) => {
      const phase = await start({ phase: 'small', by: 'dana' });
      await toWork(phase);
      const out = join(folders.root, 'page.html');
      const { code, stdout, stderr } = await report(phase.id, '--out', out);
      assert.equal(code, 0, stderr);
      assert.match(
        stdout,
        /^Milestone 9\.1 One \(in progress\): 50 % of the planned work is done, .*1 task waits for people\.\nWritten: /,
      );
      const page = await readFile(out, 'utf8');
      for (const part of [
        '<h1>Phase 9: Small Phase</h1>',
        '<th scope="row">9.1/a2 Second of Build</th><td>to be completed</td><td>ines (Build Agent)</td>',
        '<td>dana</td><td>approved (criterion 1)</td>',
        '<svg',
      ]) {
        assert.ok(page.includes(part), part);
      }
      await phase.workflow.terminate();
    });
  });

  it('draws the same from the server and from the record alone, once the phase has ended', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await harness.start({ phase: 'small', by: 'dana' });
      await toWork(phase);
      await toEnd(phase);
      const [a, b] = ['a.md', 'b.md'].map((name) => join(harness.folders.root, name));
      const ofServer = await report(phase.id, '--markdown', '--out', a!);
      const ofRecord = await runScript('report', ['--record', recordOf(harness, phase), '--markdown', '--out', b!]);
      assert.deepEqual([ofServer.code, ofRecord.code], [0, 0], ofServer.stderr + ofRecord.stderr);
      const above = await runScript('report', ['--record', join(recordOf(harness, phase), '..')]);
      assert.ok(
        above.stderr.endsWith(`Give one of them:\n  npm run report -- --record ${recordOf(harness, phase)}\n`),
        above.stderr,
      );
      assert.match(ofRecord.stdout, /^Completed on .*: 1 milestone finished, and every gate is cleared\.\n/);
      const text = await readFile(b!, 'utf8');
      assert.equal(await readFile(a!, 'utf8'), text);
      for (const part of [
        '| Work done | 100 % ',
        '| 9.1/a1 First of Build | Build | Build Agent, ines | finished',
        '```mermaid\ngantt',
      ]) {
        assert.ok(text.includes(part), text);
      }
    });
  });

  it('says what it could not read, and what nobody has answered', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await harness.start({ phase: 'small', by: 'dana' });
      await toWork(phase);
      await phase.workflow.cancel();
      await phase.archive().result();
      const { runId } = await phase.milestone('9.1').describe();
      await forget(harness, `${phase.id}:9.1`, runId);
      const out = join(harness.folders.root, 'page.html');
      const { stdout } = await report(phase.id, '--out', out);
      assert.match(stdout, /^The phase was cancelled on .*; until then 50 % of the planned work had been done\./);
      assert.ok(
        (await readFile(out, 'utf8')).includes(
          `The history of ${phase.id}:9.1 is missing: the server does not have it any more`,
        ),
      );
    });
  });

  it('reports from the histories where no worker answers', async function () {
    this.timeout(90_000);
    const folders = await Folders.create(phases);
    try {
      const place = { folders, taskQueue: `test-${randomUUID()}` };
      const phase = await withWorker({ phases, place }, async ({ start }) => {
        const started = await start({ phase: 'small', by: 'dana' });
        await toWork(started);
        return started;
      });
      const out = join(folders.root, 'page.html');
      const { code, stdout, stderr } = await report(phase.id, '--out', out);
      assert.equal(code, 0, stderr);
      assert.match(
        stdout,
        /50 % of the planned work is done, .* No worker answered, so what waits for people now is not known\./,
      );
      assert.match(await readFile(out, 'utf8'), /<li>No worker answered within 5 s\./);
      await phase.workflow.terminate();
    } finally {
      await folders.remove();
    }
  });

  it('says in one sentence what it does not understand or find', async () => {
    for (const args of [[], ['p', '--record', 'x']]) {
      const { code, stderr } = await report(...args);
      assert.deepEqual(
        [code, stderr],
        [1, 'Name a phase or a record: npm run report -- WORKFLOW_ID, or npm run report -- --record DIR\n'],
      );
    }
    const none = await report('nobody');
    assert.match(none.stderr, /^the server has no workflow nobody, or not any more\n$/);
    const folder = await report('--record', '/nowhere');
    assert.match(folder.stderr, /^\/nowhere: there is no such file or folder\n$/);
  });
});
