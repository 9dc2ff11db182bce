import assert from 'node:assert/strict';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sandboxEnvironment } from '../../scripts/sandbox/environment.ts';
import type { RunningProcess } from '../../scripts/sandbox/processes.ts';
import { startTemporal, type TemporalServer } from '../../scripts/sandbox/temporal.ts';
import { startWorker } from '../../scripts/sandbox/worker.ts';
import type { IssuesView, LedgerView, PhaseStatus } from '../../src/contract/answers.ts';
import { smallPlan } from '../support/plans.ts';
import { Cli, freePort } from '../support/sandbox.ts';

const id = 'retested';
const plan = smallPlan({
  milestones: [
    {
      number: '9.1',
      title: 'One',
      lanes: [
        { title: 'Test', agent: 'Test Agent', letter: 'a' },
        { title: 'Mend', agent: 'Build Agent', letter: 'b' },
      ],
    },
  ],
});
const playbook = `environments: { testing: { region: eu-west-1 } }
suites: { whole: { run: [node, suite.mjs], format: junit } }
milestones:
  '9.1':
    tasks:
      a1: { suite: { suites: [whole] } }
      a2: { command: [node, nothing.mjs] }
      b1:
        rounds: { issues: { after: [a1, a2] } }
        steps:
          - { command: [node, mend.mjs], skipIdle: true }
          - { suite: { suites: [whole] } }
      b2: { command: [node, nothing.mjs] }
    exit: { 1: { check: issues } }
`;
/** Says that it runs, and waits until it may go on; once it may, it always may. */
const wait = `import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
export async function at(place) {
  writeFileSync(place + '.reached', '');
  while (!existsSync(place + '.passed')) await delay(50);
}
`;
const suite = `import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { at } from './wait.mjs';
const faults = existsSync('mended') ? [] : ['two', 'four', 'six'];
await at(faults.length > 0 ? 'testing' : 'retesting');
const cases = ['one', 'two', 'three', 'four', 'five', 'six'].map((name) => faults.includes(name)
  ? \`<testcase classname="c" name="\${name}"><failure message="wrong"/></testcase>\`
  : \`<testcase classname="c" name="\${name}"/>\`);
writeFileSync(join(process.env.PHASEGATE_REPORT_DIR, 'report.xml'), \`<testsuite name="s">\${cases.join('')}</testsuite>\`);
process.exit(faults.length > 0 ? 1 : 0);
`;
const mend = `import { writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { at } from './wait.mjs';
const { round, task } = JSON.parse(await text(process.stdin));
await at('mending');
writeFileSync('mended', '');
const resolved = round.told.issues.map(({ id }) => ({ issue: id, note: 'mended', waiver: 'a case finds it already' }));
console.log(JSON.stringify({ note: 'mended', facts: [{ topic: 'fix', key: task.ref, data: { resolved } }] }));
`;

/** The worker is really killed: SIGKILL, while a suite runs, while an agent mends, and while the suite runs again. */
describe('issues, and what suites have found,', function () {
  this.timeout(300_000);
  let folder: string;
  let phase: string;
  let server: TemporalServer;
  let worker: RunningProcess;
  let cli: Cli;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phasegate-retest-'));
    phase = join(folder, 'phases', 'small');
    await mkdir(phase, { recursive: true });
    const files = {
      'plan.md': plan,
      'playbook.yaml': playbook,
      'wait.mjs': wait,
      'suite.mjs': suite,
      'mend.mjs': mend,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(phase, name), text);
    await writeFile(join(phase, 'nothing.mjs'), "console.log('{}');\n");
    server = await startTemporal({ port: await freePort(), uiPort: await freePort() });
    cli = new Cli(server.address);
    worker = await start();
  });

  after(async () => {
    await worker.stop();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('are the same when the worker is killed three times', async () => {
    await cli.start(id, { phase: 'small', by: 'lena' });
    for (const gate of ['entry', '9.1/entry']) await approve(gate);
    for (const place of ['testing', 'mending', 'retesting']) {
      await until(`${place} runs`, () => isThere(`${place}.reached`));
      process.kill(worker.pid, 'SIGKILL');
      await worker.ended;
      await rm(join(phase, `${place}.reached`));
      await writeFile(join(phase, `${place}.passed`), '');
      worker = await start();
    }
    for (const gate of ['9.1/quality', 'completion']) await approve(gate);
    await until('it is completed', async () => (await status())?.state === 'completed');
    const issues = await cli.query<IssuesView>(id, 'issues');
    assert.deepEqual(
      issues.issues.map(({ id: issue, state, reopened }) => [issue, state, reopened]),
      [
        ['I-3', 'closed', 0],
        ['I-2', 'closed', 0],
        ['I-1', 'closed', 0],
      ],
    );
    const { recent } = await cli.query<LedgerView>(id, 'ledger');
    const said = recent.filter(({ what }) => what === 'issues').map(({ reason }) => reason);
    assert.deepEqual(said, ['opened I-1, I-2, I-3', 'resolved I-1, I-2, I-3', 'closed I-1, I-2, I-3']);
  });

  function start(): Promise<RunningProcess> {
    return startWorker({
      log: 'test-retest-worker',
      env: {
        ...sandboxEnvironment({ temporal: server.address, emulator: 'http://127.0.0.1:9' }),
        PHASEGATE_PHASES: join(folder, 'phases'),
        PHASEGATE_RECORDS: join(folder, 'records'),
      },
    });
  }

  async function isThere(name: string): Promise<boolean> {
    return access(join(phase, name)).then(
      () => true,
      () => false,
    );
  }

  /** A phase without a worker answers no query. */
  function status(): Promise<PhaseStatus | undefined> {
    return cli.query<PhaseStatus>(id, 'status').catch(() => undefined);
  }

  async function approve(gate: string): Promise<void> {
    const isOpen = async () =>
      (await status())?.gates.some((one) => one.gate === gate && one.state === 'open') === true;
    await until(`${gate} is open`, isOpen);
    await cli.signal(id, 'approve', { gate, by: 'lena' });
  }
});

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within two minutes: ${what}`);
    await delay(200);
  }
}
