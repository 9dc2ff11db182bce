import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { RunningProcess } from '../../scripts/sandbox/processes.ts';
import { startTemporal, type TemporalServer } from '../../scripts/sandbox/temporal.ts';
import { startWorker } from '../../scripts/sandbox/worker.ts';
import { processesOf } from '../../src/activities/command/processes.ts';
import { Folders } from '../support/folders.ts';
import { smallPlan } from '../support/plans.ts';
import { Cli, freePort } from '../support/sandbox.ts';

const id = 'writing';
const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const playbook = 'milestones: { "9.1": { tasks: { a1: { command: [node, writer.mjs] } } } }\n';

/** Writes until it is released, and has a child in a session of its own that does so too; neither heeds SIGTERM. */
const writer = `
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
process.on('SIGTERM', () => undefined);
const [told] = process.argv.slice(2);
const attempt = told ?? JSON.parse(await text(process.stdin)).attempt;
if (told === undefined) {
  writeFileSync('run', process.env.PHASEGATE_RUN);
  spawn(process.execPath, [import.meta.filename, attempt], { detached: true, stdio: 'ignore' });
}
while (!existsSync('released')) {
  appendFileSync('written', attempt + (told === undefined ? ' program' : ' child') + '\\n');
  await delay(20);
}
`;

/** The processes are really killed. One attempt's line after another's first one would be two writers at a time. */
describe('a command whose worker is lost', function () {
  this.timeout(400_000);
  let folders: Folders;
  let server: TemporalServer;
  let worker: RunningProcess;

  beforeEach(async () => {
    folders = await Folders.create({ small: { 'plan.md': plan, 'playbook.yaml': playbook, 'writer.mjs': writer } });
    server = await startTemporal({ port: await freePort(), uiPort: await freePort() });
    worker = await start();
    const cli = new Cli(server.address);
    await cli.start(id, { phase: 'small', by: 'lena' });
    for (const gate of ['entry', '9.1/entry']) await approve(cli, gate);
    await untilBothWrite(1);
  });

  afterEach(async () => {
    await folders.write('small', 'released', '');
    await worker.stop();
    await server.stop();
    await folders.remove();
  });

  it('is ended by the next attempt, where nobody else could end it', async () => {
    process.kill(await reaperOf(worker), 'SIGKILL');
    process.kill(worker.pid, 'SIGKILL');
    await worker.ended;
    const before = await written();
    worker = await start();
    await untilBothWrite(2);
    const lines = await written();
    assert.ok(lines.filter(isOf(1)).length > before.filter(isOf(1)).length, 'it went on without its worker');
    assertInTurn(lines);
  });

  it('is ended as soon as the worker is killed, with what it has started', async () => {
    process.kill(worker.pid, 'SIGKILL');
    await worker.ended;
    await untilNobodyWrites();
    const before = await written();
    worker = await start();
    await untilBothWrite(2);
    const lines = await written();
    assert.equal(lines.filter(isOf(1)).length, before.length);
    assertInTurn(lines);
  });

  it('is ended when the worker drains', async () => {
    await worker.stop();
    const before = await written();
    worker = await start();
    await untilBothWrite(2);
    const lines = await written();
    assert.equal(lines.filter(isOf(1)).length, before.length);
    assertInTurn(lines);
  });

  function start(): Promise<RunningProcess> {
    return startWorker({
      log: 'test-commands-worker',
      env: {
        TEMPORAL_ADDRESS: server.address,
        PHASEGATE_PHASES: folders.phasesDir,
        PHASEGATE_RECORDS: folders.recordsDir,
      },
    });
  }

  async function written(): Promise<string[]> {
    const text = await readFile(join(folders.phasesDir, 'small', 'written'), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  }

  async function untilBothWrite(attempt: number): Promise<void> {
    await until(`the program of attempt ${String(attempt)} and its child write`, 120_000, async () => {
      const lines = await written();
      return ['program', 'child'].every(
        (who) => lines.filter((line) => line === `${String(attempt)} ${who}`).length > 5,
      );
    });
  }

  async function untilNobodyWrites(): Promise<void> {
    const run = await readFile(join(folders.phasesDir, 'small', 'run'), 'utf8');
    await until('nobody writes', 15_000, async () => (await processesOf(run)).length === 0);
  }
});

const isOf = (attempt: number) => (line: string) => line.startsWith(`${String(attempt)} `);

function assertInTurn(lines: readonly string[]): void {
  const attempts = lines.map((line) => Number.parseInt(line, 10));
  assert.deepEqual(
    attempts,
    attempts.toSorted((a, b) => a - b),
  );
}

async function approve(cli: Cli, gate: string): Promise<void> {
  await until(`${gate} takes an approval`, 60_000, async () => {
    const { code } = await cli.update(id, 'approve', { gate, by: 'lena' });
    return code === 'ACCEPTED';
  });
}

async function reaperOf({ pid }: RunningProcess): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args=']);
  const line = stdout.split('\n').find((one) => {
    const [, parent] = one.trim().split(/\s+/);
    return parent === String(pid) && one.includes('reaper-process');
  });
  assert.ok(line !== undefined, 'the worker has a reaper');
  return Number.parseInt(line, 10);
}

async function until(what: string, withinMs: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${String(withinMs / 1000)} s: ${what}`);
    await delay(100);
  }
}
