import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { liveStacks } from '../../scripts/demo/summary.ts';
import { startEmulator, type Emulator } from '../../scripts/sandbox/emulator.ts';
import { sandboxEnvironment } from '../../scripts/sandbox/environment.ts';
import type { RunningProcess } from '../../scripts/sandbox/processes.ts';
import { startTemporal, type TemporalServer } from '../../scripts/sandbox/temporal.ts';
import { startWorker } from '../../scripts/sandbox/worker.ts';
import type { MilestoneStatus, OpenGates, PhaseStatus } from '../../src/contract/answers.ts';
import { projectPhases } from '../support/project.ts';
import { Cli, freePort } from '../support/sandbox.ts';

const id = 'survivor';

/** The processes are really killed: SIGKILL, in the middle of milestone 4.1 with deployments under way. */
describe('Milestone 4.1 of Phase 4 survives', function () {
  this.timeout(600_000);
  let folder: string;
  let ports: { port: number; uiPort: number; dbFilename: string };
  let emulator: Emulator;
  let server: TemporalServer;
  let worker: RunningProcess;
  let cli: Cli;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phasegate-survival-'));
    ports = { port: await freePort(), uiPort: await freePort(), dbFilename: join(folder, 'temporal.db') };
    emulator = await startEmulator({ port: await freePort(), resourceDelay: 0.3 });
    server = await startTemporal(ports);
    cli = new Cli(server.address);
    worker = await start();
    await cli.start(id, { phase: 'phase-4', by: 'lena', handover: 'handover/phase-3.json' });
    await untilDeploying(cli, 4);
  });

  afterEach(async () => {
    await worker.stop();
    await server.stop();
    await emulator.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('a killed worker, and then a killed server, with its database file', async () => {
    process.kill(worker.pid, 'SIGKILL');
    await worker.ended;
    worker = await start();
    await untilDeploying(cli, 12);
    process.kill(server.pid, 'SIGKILL');
    await server.ended;
    server = await startTemporal(ports);
    await completes();
  });

  function start(): Promise<RunningProcess> {
    return startWorker({
      log: 'test-survival-worker',
      env: {
        ...sandboxEnvironment({ temporal: server.address, emulator: emulator.url }),
        PHASEGATE_PHASES: projectPhases,
        PHASEGATE_RECORDS: join(folder, 'records'),
      },
    });
  }

  async function completes(): Promise<void> {
    for (let seen = await look(cli); seen?.status.milestones[0]?.stage !== 'done'; seen = await look(cli)) {
      if (seen !== undefined) await act(cli, seen).catch(unlessBusy);
      // Each look starts programs, and the phase needs the processor as well.
      await delay(1_000);
    }
    const all = await liveStacks(emulator.url, 'eu-west-1', 'phase-4-');
    // The next milestone may have begun with its own.
    const stacks = all.filter(({ name }) => !/-(application-data|identity|releases|delivery)$/.test(name));
    assert.equal(stacks.length, 41);
    assert.deepEqual([...new Set(stacks.map((stack) => stack.status))], ['CREATE_COMPLETE']);
  }
});

/** Until so many steps of the first milestone are done, and another is under way. */
async function untilDeploying(cli: Cli, wanted: number): Promise<void> {
  for (;;) {
    const seen = await look(cli);
    if (seen !== undefined) await act(cli, seen).catch(unlessBusy);
    if (seen?.status.milestones[0]?.stage !== 'work') continue;
    const milestone = await cli.query<MilestoneStatus>(`${id}:4.1`, 'status').catch(() => undefined);
    const steps = (milestone?.lanes ?? []).flatMap(({ tasks }) => tasks.flatMap((task) => task.steps));
    const done = steps.filter(({ state }) => state === 'done').length;
    if (done >= wanted && steps.some(({ state }) => state === 'running')) return;
  }
}

interface Seen {
  readonly status: PhaseStatus;
  readonly gates: OpenGates['gates'];
}

/** A server that has just come back, or has much to do, may be too busy to answer a query, and says so. */
async function look(cli: Cli): Promise<Seen | undefined> {
  try {
    const status = await cli.query<PhaseStatus>(id, 'status');
    return { status, gates: (await cli.query<OpenGates>(id, 'gates')).gates };
  } catch {
    return undefined;
  }
}

/** A workflow that the server could not lock in time has not got the message; whoever sent it sends it again after the next look. */
function unlessBusy(error: unknown): void {
  if (!String(error).includes('Workflow is busy')) throw error;
}

async function act(cli: Cli, { status: { desk }, gates }: Seen): Promise<void> {
  for (const { gate, state, unmet } of gates) {
    const people = unmet.filter(({ approval }) => approval !== 'no').map(({ who }) => who[0] ?? 'dana');
    for (const by of state === 'open' ? new Set(people) : []) await cli.signal(id, 'approve', { gate, by });
  }
  for (const { task, waits, who, reason } of desk) {
    assert.notEqual(waits, 'blocked', `${task}: ${String(reason)}`);
    await cli.signal(id, waits, { task, by: who[0] ?? 'ines' });
  }
}
