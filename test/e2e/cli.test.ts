import assert from 'node:assert/strict';
import { mkdtemp, mkdir, copyFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningProcess } from '../../scripts/sandbox/processes.ts';
import { startTemporal, type TemporalServer } from '../../scripts/sandbox/temporal.ts';
import { startWorker } from '../../scripts/sandbox/worker.ts';
import type { LedgerView, OpenGates, PhaseStatus } from '../../src/contract/answers.ts';
import { projectPhases } from '../support/project.ts';
import { Cli, freePort } from '../support/sandbox.ts';

describe('Phase 4 by the temporal command alone', () => {
  let folder: string;
  let server: TemporalServer;
  let worker: RunningProcess;

  before(async function () {
    this.timeout(120_000);
    folder = await mkdtemp(join(tmpdir(), 'phasegate-cli-'));
    await mkdir(join(folder, 'phases', 'plain'), { recursive: true });
    await copyFile(join(projectPhases, 'phase-4', 'plan.md'), join(folder, 'phases', 'plain', 'plan.md'));
    server = await startTemporal({ port: await freePort(), uiPort: await freePort() });
    worker = await startWorker({
      log: 'test-cli-worker',
      env: {
        TEMPORAL_ADDRESS: server.address,
        PHASEGATE_PHASES: join(folder, 'phases'),
        PHASEGATE_RECORDS: join(folder, 'records'),
      },
    });
  });

  after(async function () {
    this.timeout(60_000);
    await worker?.stop();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is started, approved, rejected with rework, approved again and completed', async function () {
    this.timeout(240_000);
    const cli = new Cli(server.address);
    const id = 'plain-1';
    await cli.start(id, { phase: 'plain', by: 'dana' });
    let rejected = false;
    let reworked = 0;
    for (let status = await cli.query<PhaseStatus>(id, 'status'); status.state !== 'completed';) {
      const { gates } = await cli.query<OpenGates>(id, 'gates');
      for (const { gate, state } of gates.filter((open) => open.state === 'open')) {
        if (gate === '4.1/exit' && !rejected) {
          rejected = true;
          const reject = { gate, by: 'dana', reason: 'alarms are missing', rework: ['4.1/d1'] };
          assert.equal((await cli.update(id, 'reject', reject)).code, 'ACCEPTED');
        } else {
          assert.equal(state, 'open');
          assert.equal((await cli.update(id, 'approve', { gate, by: 'dana' })).code, 'ACCEPTED');
        }
      }
      for (const { task, waits } of status.desk.filter((item) => item.waits === 'complete')) {
        if (rejected && task.startsWith('4.1/')) reworked += 1;
        await cli.update(id, waits, { task, by: 'ines' });
      }
      status = await cli.query<PhaseStatus>(id, 'status');
    }
    const status = await cli.query<PhaseStatus>(id, 'status');
    assert.deepEqual(
      status.milestones.map(({ number, stage, runs }) => [number, stage, runs]),
      [
        ['4.1', 'done', 2],
        ['4.2', 'done', 1],
        ['4.3', 'done', 1],
      ],
    );
    assert.equal(reworked, 2, 'd1 and d2, which comes after it, were done again');
    const ledger = await cli.query<LedgerView>(id, 'ledger');
    assert.ok(ledger.recent.some(({ what, reason }) => what === 'reject' && reason.includes('alarms are missing')));
    const described = await cli.run('workflow', 'list', '--query', 'PhasegateState = "completed"');
    assert.match(described, /plain-1/);
    const metadata = await cli.run('workflow', 'metadata', '--workflow-id', id, '--output', 'json');
    assert.match(metadata, /Phase 4: Implementation Execution · completed/);
  });
});
