import { Client, Connection } from '@temporalio/client';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../scripts/sandbox/paths.ts';
import { startTemporal } from '../../scripts/sandbox/temporal.ts';
import { type Outcome, StartedScript } from '../scripts/run-script.ts';
import { planText } from '../plan/bind-fixture.ts';
import { Folders } from '../support/folders.ts';
import { OtlpReceiver } from '../support/otlp-receiver.ts';
import { freePort } from '../support/sandbox.ts';

const worker = join(import.meta.dirname, '../../src/worker.ts');
const bootstrap = join(root, 'scripts', 'bootstrap.mjs');

describe('the worker process', function () {
  this.timeout(120_000);

  it('says in one line that no server answers, and ends with exit code 1', async () => {
    const address = `127.0.0.1:${String(await freePort())}`;
    const said =
      `No Temporal server answers at ${address}. Start one with "npm run sandbox", or set TEMPORAL_ADDRESS ` +
      '(PHASEGATE_LOG_LEVEL=debug shows the details)';
    const { code, stdout, stderr } = await ends({ TEMPORAL_ADDRESS: address });
    assert.deepEqual([code, stdout, stderr], [1, '', `phasegate worker: ${said}\n`]);
    const closer = await ends({ TEMPORAL_ADDRESS: address, PHASEGATE_LOG_LEVEL: 'debug' });
    assert.equal(closer.stderr, stderr);
    assert.match(entriesOf(closer.stdout).at(-1)?.error?.cause?.message ?? '', /connect/i);
  });

  it('says in one line that the phases directory is missing or none, before it asks for a server', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'phasegate-test-'));
    const file = join(folder, 'file');
    await writeFile(file, '');
    const mend = 'Set PHASEGATE_PHASES to the directory that holds one folder for each phase';
    await fails(
      { PHASEGATE_PHASES: '/no/such/folder' },
      `The phases directory /no/such/folder does not exist. ${mend}`,
    );
    await fails({ PHASEGATE_PHASES: file }, `The phases directory ${file} is not a directory. ${mend}`);
    await rm(folder, { recursive: true });
  });

  it('refuses a log level that is none', async () => {
    const said = 'PHASEGATE_LOG_LEVEL is "loud"; it takes trace, debug, info, warn, error';
    await fails({ PHASEGATE_LOG_LEVEL: 'loud' }, said);
  });

  it('writes nothing but JSON on standard output, the entries of the SDK’s core too', async () => {
    await promisify(execFile)(process.execPath, [bootstrap, 'build', '--if-changed']);
    const server = await startTemporal({ port: await freePort(), uiPort: await freePort() });
    const running = new StartedScript(process.execPath, ['--enable-source-maps', join(root, 'dist', 'worker.js')], {
      cwd: root,
      env: { TEMPORAL_ADDRESS: server.address, PHASEGATE_TASK_QUEUE: 'json-only', PHASEGATE_LOG_LEVEL: 'debug' },
    });
    await running.printed('worker is ready');
    await running.printed('"sdkComponent":"core"');
    running.process.kill('SIGTERM');
    const { code, stdout, stderr } = await running.outcome();
    await server.stop();
    assert.deepEqual([code, stderr], [0, '']);
    const entries = entriesOf(stdout);
    assert.ok(entries.every(({ level, msg }) => typeof level === 'number' && typeof msg === 'string'));
    assert.equal(entries.at(-1)?.msg, 'worker has drained');
  });

  it('sends traces to the collector that the environment names', async () => {
    await promisify(execFile)(process.execPath, [bootstrap, 'build', '--if-changed']);
    const folders = await Folders.create({ small: { 'plan.md': planText } });
    const receiver = await OtlpReceiver.start();
    const server = await startTemporal({ port: await freePort(), uiPort: await freePort() });
    const running = new StartedScript(process.execPath, ['--enable-source-maps', join(root, 'dist', 'worker.js')], {
      cwd: root,
      env: {
        ...{ TEMPORAL_ADDRESS: server.address, PHASEGATE_TASK_QUEUE: 'traced' },
        ...{ PHASEGATE_PHASES: folders.phasesDir, PHASEGATE_RECORDS: folders.recordsDir },
        ...{ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '100', OTEL_SERVICE_NAME: 'ours' },
      },
    });
    await running.printed('worker is ready');
    const connection = await Connection.connect({ address: server.address });
    const phase = await new Client({ connection }).workflow.start('phase', {
      ...{ taskQueue: 'traced', workflowId: 'traced', args: [{ phase: 'small', by: 'dana' }] },
    });
    const started = await receiver.received('StartActivity:compilePhase');
    const { parentSpanId, traceId } = await receiver.received('RunActivity:compilePhase');
    assert.deepEqual([parentSpanId, traceId], [started.spanId, started.traceId]);
    assert.deepEqual(receiver.services, ['ours']);
    await phase.terminate();
    await connection.close();
    running.process.kill('SIGTERM');
    const { code, stderr } = await running.outcome();
    await server.stop();
    await receiver.stop();
    await folders.remove();
    assert.deepEqual([code, stderr], [0, '']);
  });
});

interface Entry {
  readonly level?: number;
  readonly msg?: string;
  readonly error?: { readonly message: string; readonly cause?: { readonly message: string } };
}

/** @throws SyntaxError when a line is not JSON */
function entriesOf(stdout: string): Entry[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Entry);
}

/** Runs the worker to its end: one plain line for people, and one entry of the log that says the same. */
async function fails(env: Record<string, string>, reason: string): Promise<void> {
  const { code, stdout, stderr } = await ends(env);
  assert.equal(code, 1);
  const said = /^phasegate worker: (.*)\n$/.exec(stderr)?.[1] ?? stderr;
  assert.equal(said, reason);
  const last = entriesOf(stdout).at(-1);
  assert.deepEqual([last?.level, last?.error?.message], [50, said]);
}

async function ends(env: Record<string, string>): Promise<Outcome> {
  return new StartedScript(process.execPath, ['--import', 'tsx', worker], { cwd: root, env }).outcome();
}
