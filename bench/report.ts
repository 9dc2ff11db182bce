import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../scripts/sandbox/paths.ts';
import { atMost, figure, type Figure } from './figures.ts';

/** Recorded histories of a run of the demo. */
const DEMO = join(root, 'test', 'histories', '0.1.0');
/** Events of the large record: of the phase, and of each of its three milestones. */
const OF_PHASE = 40_000;
const OF_MILESTONE = 20_000;
const RUNS = 5;

type Event = { readonly [key: string]: unknown };

/** Measures `npm run report` on the record of the demo, and on one of 100,000 events with ten thousand decisions. */
export async function benchReport(say: (line: string) => void): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'phasegate-bench-report-'));
  try {
    say('writing the records …');
    const [small, large] = [join(folder, 'small'), join(folder, 'large')];
    await writeRecord(small, (events) => events);
    await writeRecord(large, grown);
    say('drawing …');
    // The first run compiles the bundle.
    await drawn(small);
    const ofSmall = median(await several(() => drawn(small)));
    const ofLarge = median(await several(() => drawn(large)));
    const budget = (measured: number, baseline: number) => ({ measured, baseline });
    return [
      figure(['report of the demo from its record', 'budget', 's'], budget(ofSmall.seconds, 2), atMost(1)),
      figure(['report of 100,000 events', 'budget', 's'], budget(ofLarge.seconds, 10), atMost(1)),
      figure(['its most memory', 'budget', 'MB'], budget(ofLarge.megabytes, 500), atMost(1)),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Drawn {
  readonly seconds: number;
  readonly megabytes: number;
}

/** Says at the end how much memory the process has taken. */
const HOOK = `data:text/javascript,process.on('exit',()=>process.stderr.write('\\nkB '+process.resourceUsage().maxRSS+'\\n'))`;

async function drawn(record: string): Promise<Drawn> {
  const began = performance.now();
  const args = ['--import', HOOK, join(root, 'scripts', 'bootstrap.mjs'), 'report', '--record', record];
  const { stderr } = await promisify(execFile)(process.execPath, [...args, '--out', `${record}.html`]);
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
async function writeRecord(folder: string, change: (events: readonly Event[]) => readonly Event[]): Promise<void> {
  await mkdir(folder);
  const histories: { workflowId: string; runId: string; type: string; events: number; file: string }[] = [];
  for (const name of await readdir(DEMO)) {
    const { workflowId, history } = JSON.parse(await readFile(join(DEMO, name), 'utf8')) as {
      readonly workflowId: string;
      readonly history: { readonly events: readonly Event[] };
    };
    const events = change(history.events);
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

/** A history with many more events before its last one: decisions in a phase, steps in a milestone. */
function grown(events: readonly Event[]): Event[] {
  const isPhase = JSON.stringify(events[0]).includes('"name":"phase"');
  const all = events.slice(0, -1);
  const { eventTime } = all.at(-1) ?? {};
  const work = isPhase ? [] : stepOf(events);
  for (let count = 1; all.length < (isPhase ? OF_PHASE : OF_MILESTONE) - 1; count += 1) {
    const first = all.length + 1;
    for (const [index, event] of (isPhase ? decision(count, first) : numbered(work, first)).entries()) {
      all.push({ ...event, eventId: String(first + index), eventTime });
    }
  }
  return [...all, { ...events.at(-1), eventId: String(all.length + 1) }];
}

/** The events of one step, to be repeated. */
function stepOf(events: readonly Event[]): Event[] {
  const done = 'activityTaskCompletedEventAttributes';
  const scheduled = events.find((event) => JSON.stringify(event).includes('"name":"step.'));
  const completed = events.find(
    (event) => (event[done] as { scheduledEventId?: unknown } | undefined)?.scheduledEventId === scheduled?.['eventId'],
  );
  return [scheduled ?? {}, { activityTaskStartedEventAttributes: {} }, completed ?? {}];
}

function numbered([scheduled = {}, started = {}, completed = {}]: readonly Event[], first: number): Event[] {
  const done = 'activityTaskCompletedEventAttributes';
  const said = { ...(completed[done] as Event | undefined), scheduledEventId: String(first) };
  return [scheduled, started, { ...completed, [done]: said }];
}

/** An approval, and the workflow task that enters it into the ledger. */
function decision(count: number, first: number): Event[] {
  const by = `person-${String(count)}`;
  const at = Date.parse('2026-11-30T00:00:00Z') + count;
  const hash = '0'.repeat(64);
  const said = { gate: 'completion', by, note: 'seen, with everything that belongs to it' };
  const entry = { number: 10_000 + count, at, what: 'approve', by, trust: 'open', on: 'completion', code: 'ACCEPTED' };
  const ledger = [{ ...entry, round: 1, reason: 'approved criterion 1', message: hash, hash }];
  return [
    { workflowExecutionSignaledEventAttributes: { signalName: 'approve', input: payloads(said) } },
    { workflowTaskScheduledEventAttributes: {} },
    { workflowTaskStartedEventAttributes: { scheduledEventId: String(first + 1) } },
    {
      markerRecordedEventAttributes: {
        markerName: 'core_local_activity',
        details: { data: payloads({ activity_type: 'recordLedger' }), result: payloads({ ledger }) },
      },
    },
  ];
}

function payloads(value: unknown): object {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return { payloads: [{ metadata: { encoding: base64('json/plain') }, data: base64(JSON.stringify(value)) }] };
}
