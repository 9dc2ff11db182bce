import { Client, Connection } from '@temporalio/client';
import assert from 'node:assert/strict';
import type { RunningProcess } from '../../scripts/sandbox/processes.ts';
import { startTemporal, type TemporalServer } from '../../scripts/sandbox/temporal.ts';
import { startWorker } from '../../scripts/sandbox/worker.ts';
import type { Verdict } from '../../src/gates/ledger.ts';
import type { LedgerView, OpenGates, PhaseStatus } from '../../src/contract/answers.ts';
import { Folders } from '../support/folders.ts';
import { smallPlan } from '../support/plans.ts';
import { freePort } from '../support/sandbox.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});

/** More than the 2,000 events among which the look for an order once ended. */
const SIGNALS = 2600;

describe('an accepted completion', function () {
  this.timeout(200_000);
  let folders: Folders;
  let server: TemporalServer;
  let worker: RunningProcess;
  let connection: Connection;

  beforeEach(async () => {
    folders = await Folders.create({ small: { 'plan.md': plan } });
    server = await startTemporal({ port: await freePort(), uiPort: await freePort() });
    connection = await Connection.connect({ address: server.address });
    worker = await start();
  });

  afterEach(async () => {
    await connection.close();
    await worker.stop();
    await server.stop();
    await folders.remove();
  });

  it('counts although its worker is killed as it answers, and thousands of Signals come before the next one', async () => {
    const handle = await new Client({ connection }).workflow.start('phase', {
      taskQueue: 'phasegate',
      workflowId: 'small',
      args: [{ phase: 'small', by: 'lena' }],
    });
    const say = (name: string, body: object) => handle.executeUpdate<Verdict, [object]>(name, { args: [body] });
    for (const gate of ['entry', '9.1/entry']) {
      await until(async () => (await handle.query<OpenGates>('gates')).gates.some((open) => open.gate === gate));
      await say('approve', { gate, by: 'lena' });
    }
    const desk = async () => (await handle.query<PhaseStatus>('status')).desk.map(({ task }) => task);
    await until(async () => (await desk()).includes('9.1/a1'));
    const { code } = await say('complete', { task: '9.1/a1', by: 'ines' });
    process.kill(worker.pid, 'SIGKILL');
    assert.equal(code, 'ACCEPTED');
    await worker.ended;
    const eight = Array.from({ length: 8 }, async () => {
      for (let index = 0; index < SIGNALS / 8; index += 1) {
        await handle.signal('progress', { task: '9.1/a2', by: 'ines', note: String(index) });
      }
    });
    await Promise.all(eight);
    worker = await start();
    await until(async () => (await desk()).includes('9.1/a2'));
    await until(async () => (await handle.query<LedgerView>('ledger')).length > SIGNALS);
    assert.deepEqual(await desk(), ['9.1/a2']);
    await handle.terminate();
  });

  function start(): Promise<RunningProcess> {
    return startWorker({
      log: 'test-completion-worker',
      env: {
        TEMPORAL_ADDRESS: server.address,
        PHASEGATE_PHASES: folders.phasesDir,
        PHASEGATE_RECORDS: folders.recordsDir,
      },
    });
  }
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 60_000; !(await holds());) {
    if (Date.now() > deadline) throw new Error('not within a minute');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
