import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sandboxEnvironment } from '../../scripts/sandbox/environment.ts';
import { root } from '../../scripts/sandbox/paths.ts';
import type { RunningProcess } from '../../scripts/sandbox/processes.ts';
import { startTemporal, type TemporalServer } from '../../scripts/sandbox/temporal.ts';
import { startWorker } from '../../scripts/sandbox/worker.ts';
import type { PhaseStatus } from '../../src/contract/answers.ts';
import { Folders } from '../support/folders.ts';
import { smallPlan } from '../support/plans.ts';
import { Cli, freePort } from '../support/sandbox.ts';

const id = 'measured';
const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const playbook = `milestones:
  '9.1':
    tasks:
      a1: { command: [node, build.mjs] }
      a2: { command: [node, -e, ''] }
    exit: { 1: { check: { command: [node, -e, ''] } } }
`;

describe('the metrics of a worker', function () {
  this.timeout(120_000);
  let folders: Folders;
  let server: TemporalServer;
  let worker: RunningProcess;
  let cli: Cli;
  let port: number;

  before(async () => {
    folders = await Folders.create({ small: { 'plan.md': plan, 'playbook.yaml': playbook } });
    server = await startTemporal({ port: await freePort(), uiPort: await freePort() });
    cli = new Cli(server.address);
    port = await freePort();
    worker = await startWorker({
      log: 'test-metrics-worker',
      env: {
        ...sandboxEnvironment({ temporal: server.address, emulator: 'http://127.0.0.1:9' }),
        PHASEGATE_PHASES: folders.phasesDir,
        PHASEGATE_RECORDS: folders.recordsDir,
        PHASEGATE_METRICS: String(port),
      },
    });
  });

  after(async () => {
    await worker.stop();
    await server.stop();
    await folders.remove();
  });

  it('tell of gates, blocked tasks, steps and checks, and include all that the dashboard shows', async () => {
    await cli.start(id, { phase: 'small', by: 'lena' });
    for (const gate of ['entry', '9.1/entry']) await approve(gate);
    // Its program is missing.
    await until('a1 is blocked', async () => (await status()).desk.some(({ waits }) => waits === 'blocked'));
    await until('that is measured', async () => gaugeIn(await served(), 'phasegate_tasks_blocked') === 1);
    await folders.write('small', 'build.mjs', '');
    await cli.signal(id, 'retry', { task: '9.1/a1', by: 'lena' });
    for (const gate of ['9.1/quality', 'completion']) await approve(gate);
    await until('it is completed', async () => (await status()).state === 'completed');

    const metrics = await served();
    for (const name of ['phasegate_tasks_blocked', 'phasegate_gates_open', 'phasegate_issues_open']) {
      assert.equal(gaugeIn(metrics, name), 0, name);
    }
    assert.match(metrics, /^phasegate_gate_wait_seconds_count\{[^}]*gate="9.1\/entry"[^}]*\} 1$/m);
    assert.match(metrics, /^phasegate_task_blocked_seconds_count\{[^}]*task="9.1\/a1"[^}]*\} 1$/m);
    assert.match(metrics, /^phasegate_step_seconds_count\{[^}]*kind="command",[^}]*outcome="done"[^}]*\} 2$/m);
    assert.match(metrics, /^phasegate_check_results_total\{[^}]*kind="command",[^}]*state="passed"[^}]*\} 1$/m);
    const names = new Set(metrics.split('\n').map((line) => /^\w+/.exec(line)?.[0]));
    const shown = await dashboardMetrics();
    assert.ok(shown.length >= 9);
    assert.deepEqual(
      shown.filter((name) => !names.has(name)),
      [],
    );
  });

  async function served(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
  }

  function status(): Promise<PhaseStatus> {
    return cli.query<PhaseStatus>(id, 'status');
  }

  async function approve(gate: string): Promise<void> {
    await until(`${gate} is open`, async () =>
      (await status()).gates.some((one) => one.gate === gate && one.state === 'open'),
    );
    await cli.signal(id, 'approve', { gate, by: 'lena' });
  }
});

/** Value of a gauge of the phase. */
function gaugeIn(metrics: string, name: string): number | undefined {
  const value = new RegExp(`^${name}\\{[^}]*workflow_id="${id}"[^}]*\\} (\\S+)$`, 'm').exec(metrics)?.[1];
  return value === undefined ? undefined : Number(value);
}

/** Names of all metrics in the expressions of the dashboard. */
async function dashboardMetrics(): Promise<string[]> {
  const text = await readFile(join(root, 'docs', 'grafana', 'phasegate.json'), 'utf8');
  const { panels } = JSON.parse(text) as { panels: { targets: { expr: string }[] }[] };
  const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  return [...new Set(expressions.flatMap((expr) => expr.match(/\b(?:phasegate|temporal)_\w+/g) ?? []))];
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within a minute: ${what}`);
    await delay(100);
  }
}
