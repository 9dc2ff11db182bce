import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { root } from '../scripts/sandbox/paths.ts';
import { within } from './clock.ts';
import { sizes } from './decisions.ts';
import { atMost, figure, type Figure } from './figures.ts';
import { nameOfCriteria, people } from './gate-phases.ts';
import { plainApproval, runPhase, type Variant } from './phase-run.ts';
import { Setting } from './setting.ts';

/** Recorded histories of a run of the demo. */
const DEMO = join(root, 'test', 'histories', '0.1.0');
const DECISIONS = 10_000;
/** So many decisions are under way at once. */
const SENDERS = 8;
const POLL_MS = 20;
const LIMIT_MS = 300_000;
const RUNS = 5;

/** Measures `npm run report` on the record of the demo, and on that of a phase with ten thousand decisions. */
export async function benchReport(say: (line: string) => void): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'phasegate-bench-report-'));
  const setting = await Setting.open();
  try {
    say('taking a phase through ten thousand decisions …');
    const large = await recordOfDecisions(setting);
    const small = join(folder, 'small');
    await writeDemoRecord(small);
    say('drawing …');
    const page = join(folder, 'page.html');
    // The first run compiles the bundle.
    await drawn(small, page);
    const ofSmall = median(await several(() => drawn(small, page)));
    const ofLarge = median(await several(() => drawn(large, page)));
    const budget = (measured: number, baseline: number) => ({ measured, baseline });
    return [
      figure(['report of the demo from its record', 'budget', 's'], budget(ofSmall.seconds, 2), atMost(1)),
      figure(['report of ten thousand decisions', 'budget', 's'], budget(ofLarge.seconds, 10), atMost(1)),
      figure(['its most memory', 'budget', 'MB'], budget(ofLarge.megabytes, 500), atMost(1)),
    ];
  } finally {
    await setting.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns the folder of the record, when it is whole */
async function recordOfDecisions(setting: Setting): Promise<string> {
  const worker = await setting.startWorker('phasegate');
  let begun: WorkflowHandleWithFirstExecutionRunId | undefined;
  const variant: Variant = {
    phase: nameOfCriteria(sizes.small.criteria),
    lastApproval: async (handle, gate) => {
      if (gate === 'entry') await decideOften((begun = handle as WorkflowHandleWithFirstExecutionRunId));
      return plainApproval(handle, gate);
    },
  };
  await runPhase(setting.client, worker, POLL_MS, variant, LIMIT_MS);
  const folder = join(setting.recordsDir, begun?.workflowId ?? '', begun?.firstExecutionRunId ?? '');
  await within(LIMIT_MS, 'the record is closed', async (late) => {
    while (!(await isClosed(folder))) await delay(POLL_MS, undefined, { signal: late });
  });
  return folder;
}

/** One criterion is approved and withdrawn, again and again. The gate has others, so it stays open. */
async function decideOften(handle: WorkflowHandleWithFirstExecutionRunId): Promise<void> {
  let sent = 0;
  const send = async () => {
    while (sent < DECISIONS) {
      sent += 1;
      await handle.signal(sent % 2 === 1 ? 'approve' : 'withdraw', { gate: 'entry', criterion: 1, by: people[0] });
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, send));
}

async function isClosed(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, 'index.json'), 'utf8').catch(() => '{}');
  return (JSON.parse(text) as { readonly state?: unknown }).state === 'closed';
}

interface Drawn {
  readonly seconds: number;
  readonly megabytes: number;
}

/** Says at the end how much memory the process has taken. */
const HOOK = `data:text/javascript,process.on('exit',()=>process.stderr.write('\\nkB '+process.resourceUsage().maxRSS+'\\n'))`;

async function drawn(record: string, page: string): Promise<Drawn> {
  const began = performance.now();
  const args = ['--import', HOOK, join(root, 'scripts', 'bootstrap.mjs'), 'report', '--record', record];
  const { stderr } = await promisify(execFile)(process.execPath, [...args, '--out', page]);
  const kilobytes = Number(/^kB (\d+)$/m.exec(stderr)?.[1]);
  return { seconds: (performance.now() - began) / 1000, megabytes: kilobytes / 1024 };
}

async function several(action: () => Promise<Drawn>): Promise<Drawn[]> {
  const all: Drawn[] = [];
  for (let run = 0; run < RUNS; run += 1) all.push(await action());
  return all;
}

function median(all: readonly Drawn[]): Drawn {
  const sorted = all.toSorted((one, other) => one.seconds - other.seconds);
  return sorted[Math.floor(sorted.length / 2)] ?? { seconds: NaN, megabytes: NaN };
}

/** Writes the histories of the demo as a record. */
async function writeDemoRecord(folder: string): Promise<void> {
  await mkdir(folder);
  const histories: { workflowId: string; runId: string; type: string; events: number; file: string }[] = [];
  for (const name of await readdir(DEMO)) {
    const { workflowId, history } = JSON.parse(await readFile(join(DEMO, name), 'utf8')) as {
      readonly workflowId: string;
      readonly history: { readonly events: readonly { readonly [key: string]: unknown }[] };
    };
    const { events } = history;
    const text = JSON.stringify({ events });
    const file = `${createHash('sha256').update(text).digest('hex')}.json`;
    await writeFile(join(folder, file), text);
    const { originalExecutionRunId: runId, workflowType } = events[0]?.['workflowExecutionStartedEventAttributes'] as {
      readonly originalExecutionRunId: string;
      readonly workflowType: { readonly name: string };
    };
    histories.push({ workflowId, runId, type: workflowType.name, events: events.length, file });
  }
  const phase = histories.find(({ type }) => type === 'phase');
  const index = { format: 1, phase: { ...phase, firstRunId: phase?.runId }, state: 'closed', histories, missing: [] };
  await writeFile(join(folder, 'index.json'), JSON.stringify(index));
}
