import type { WorkflowHandle } from '@temporalio/client';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KillableWorker } from '../scripts/chaos/killable-worker.ts';
import type { IssuesView, OpenGates, PhaseStatus } from '../src/contract/answers.ts';
import { smallPlan } from '../test/support/plans.ts';
import { within } from './clock.ts';
import { atMost, figure, type Figure } from './figures.ts';

const ISSUES = 500;
const ROUNDS = 5;
const EVENTS = 2_000;
/** From here on, the server warns of the size of a history. */
const WARNED_MB = 10;
const LIMIT_MS = 300_000;
const LOOK_MS = 250;

const lanes = [
  { title: 'Test', agent: 'Test Agent', letter: 'a' },
  { title: 'Mend', agent: 'Build Agent', letter: 'b' },
];

/** A suite that finds 500 faults, and an agent that mends a fifth of them in each round. */
const files = {
  'plan.md': smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes }] }),
  'playbook.yaml': `environments: { testing: { region: eu-west-1 } }
suites: { whole: { run: [node, suite.mjs], format: junit } }
milestones:
  '9.1':
    tasks:
      a1: { suite: whole }
      a2: { command: [node, nothing.mjs] }
      b1:
        rounds: { issues: { after: [a1, a2], most: ${ROUNDS} } }
        steps:
          - { command: [node, mend.mjs], skipIdle: true }
          - { suite: whole }
      b2: { command: [node, nothing.mjs] }
    exit: { 1: { check: issues } }
`,
  'nothing.mjs': "console.log('{}');\n",
  'mended.json': '[]',
  'suite.mjs': `import { readFileSync, writeFileSync } from 'node:fs';
const mended = new Set(JSON.parse(readFileSync('mended.json', 'utf8')));
const cases = Array.from({ length: ${ISSUES} }, (_, index) => {
  const name = 'creates an order of item ' + index;
  const body = mended.has(name) ? '' : '<failure message="expected 201, but was 500: the item is not known"/>';
  return '<testcase classname="orders" name="' + name + '">' + body + '</testcase>';
});
writeFileSync(process.env.PHASEGATE_REPORT_DIR + '/report.xml', '<testsuite name="orders">' + cases.join('') + '</testsuite>');
`,
  'mend.mjs': `import { readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
const { round, task } = JSON.parse(await text(process.stdin));
const issues = round.told.issues.slice(0, ${ISSUES / ROUNDS});
const before = JSON.parse(readFileSync('mended.json', 'utf8'));
writeFileSync('mended.json', JSON.stringify([...before, ...issues.map((issue) => issue.case.replace(/^orders › /, ''))]));
const resolved = issues.map(({ id }) => ({ issue: id, note: 'knows the item', cases: ['orders of items'] }));
console.log(JSON.stringify({ facts: [{ topic: 'fix', key: task.ref, data: { resolved } }] }));
`,
};

/** Measures the histories of a phase and its milestone, which finds 500 issues and mends them in five rounds. */
export async function benchIssueHistory(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'phasegate-bench-issues-'));
  try {
    await mkdir(join(folder, 'issues'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, 'issues', name), text);
    // It asks nothing of AWS.
    const worker = await KillableWorker.open({ phasesDir: folder, endpoint: 'http://127.0.0.1:9' });
    try {
      await worker.start();
      const handle = await worker.client.workflow.start('phase', {
        workflowId: 'issues',
        taskQueue: 'phasegate',
        args: [{ phase: 'issues', by: 'bench' }],
      });
      await within(LIMIT_MS, 'the phase completes', (late) => complete(handle, late));
      const { closed, issues } = await handle.query<IssuesView>('issues');
      if (closed !== ISSUES) throw new Error(`${closed} of ${ISSUES} issues are closed: ${JSON.stringify(issues[0])}`);
      return figuresOf(await sizeOf(worker.client.workflow.getHandle('issues:9.1')), await sizeOf(handle));
    } finally {
      await worker.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface HistorySize {
  readonly events: number;
  readonly megabytes: number;
}

function figuresOf(milestone: HistorySize, phase: HistorySize): Figure[] {
  const of = `${ISSUES} issues in ${ROUNDS} rounds: `;
  const row = (name: string, unit: string, measured: number, baseline: number) =>
    figure([`${of}${name}`, 'budget', unit], { measured, baseline }, atMost(1));
  return [
    row('history of the milestone', 'events', milestone.events, EVENTS),
    row('history of the milestone', 'MB', milestone.megabytes, WARNED_MB),
    row('history of the phase', 'events', phase.events, EVENTS),
    row('history of the phase', 'MB', phase.megabytes, WARNED_MB),
  ];
}

/** Approves every gate as it opens, until the phase has completed. */
async function complete(handle: WorkflowHandle, late: AbortSignal): Promise<void> {
  const approved = new Set<string>();
  for (;;) {
    late.throwIfAborted();
    if ((await handle.query<PhaseStatus>('status')).state === 'completed') break;
    for (const { gate } of (await handle.query<OpenGates>('gates')).gates) {
      if (approved.has(gate)) continue;
      approved.add(gate);
      await handle.signal('approve', { gate, by: 'bench' });
    }
    await delay(LOOK_MS);
  }
  await handle.result();
}

async function sizeOf(handle: WorkflowHandle): Promise<HistorySize> {
  const { historyLength, historySize = 0 } = await handle.describe();
  return { events: historyLength, megabytes: historySize / 1024 / 1024 };
}
