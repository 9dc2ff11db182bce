import type { WorkflowHandle } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openScene, type Scene } from '../scripts/chaos/scene.ts';
import { UserError } from '../scripts/command-line.ts';
import { People } from '../scripts/demo/people.ts';
import type { JournalEntry } from '../scripts/sandbox/proxy/journal.ts';
import { root } from '../scripts/sandbox/paths.ts';
import type { LedgerView, OpenGates, PhaseStatus } from '../src/contract/answers.ts';
import { atMost, figure, type Figure } from './figures.ts';

const GATE = '4.1/exit';
const LOOK_MS = 250;
/** The checks of a gate count as done after this time without a call to AWS, in milliseconds. */
const QUIET_MS = 4_000;
const LONGEST_MS = 15 * 60_000;

/** Measures the cost of reading AWS in milestone 4.1, and compares each figure with its budget. */
export async function benchReading(say: (line: string) => void): Promise<Figure[]> {
  const scene = await openScene({ phasesDir: join(root, 'phases'), resourceDelay: 0.2 });
  try {
    say('starting the worker …');
    await scene.worker.start();
    return await measure(scene, say);
  } finally {
    await scene.close();
  }
}

async function measure(scene: Scene, say: (line: string) => void): Promise<Figure[]> {
  const { client } = scene.worker;
  const handle = await client.workflow.start('phase', {
    workflowId: 'phase-4',
    taskQueue: 'phasegate',
    args: [{ phase: 'phase-4', by: 'lena', dayLength: '1s', handover: 'handover/phase-3.json' }],
  });
  const people = new People(
    { signal: (workflowId, name, input) => client.workflow.getHandle(workflowId).signal(name, input) },
    handle.workflowId,
    async (_name, message) => message,
  );
  const calls = () => scene.proxy.journal.entries.length;

  say('deploying, and writing the reports …');
  await untilTrue(async () => {
    const { status, gates } = await look(handle);
    if (isLookedAt(gates)) return true;
    await people.act(
      gates.filter(({ gate }) => gate !== GATE),
      status.desk,
      Date.now(),
    );
    return false;
  });
  const ledger = await handle.query<LedgerView>('ledger');
  const first = calls();

  say('looking again …');
  await handle.signal('recheck', { gate: GATE, by: 'lena' });
  await untilQuiet(calls);
  const second = calls() - first;
  for (const line of mostFrequent(scene.proxy.journal.entries.slice(first))) say(line);

  say('going on to the end of the milestone …');
  await untilTrue(async () => {
    const { status, gates } = await look(handle);
    if (status.milestones[0]?.stage === 'done') return true;
    await people.act(gates, status.desk, Date.now());
    return false;
  });
  const all = calls() - second;
  say('all of it:');
  for (const line of mostFrequent(scene.proxy.journal.entries)) say(line);
  const { milestone, report } = await timesOf(client.workflow.getHandle('phase-4:4.1'));
  await handle.terminate('measured');
  const budget = (measured: number, baseline: number) => ({ measured, baseline });
  return [
    figure(['readiness report, with a first scan', 'budget', 's'], budget(report / 1000, 35), atMost(1)),
    figure(['exit gate, from open to all checks told', 'budget', 's'], budget(toldMs(ledger) / 1000, 6), atMost(1)),
    figure(['AWS calls of milestone 4.1', 'budget', ''], budget(all, 1200), atMost(1)),
    figure(['AWS calls of a second look', 'budget', ''], budget(second, 150), atMost(1)),
    figure(['milestone 4.1, lanes only', 'budget', 's'], budget(milestone / 1000, 75), atMost(1)),
  ];
}

/** Operations that are named. */
const OPERATIONS = 15;

/** The operations that were called most often, and how many calls the others are. */
function mostFrequent(entries: readonly JournalEntry[]): string[] {
  const counts = new Map<string, number>();
  for (const { service, operation } of entries) {
    const name = `${service}.${operation}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const ranked = [...counts].sort(([, one], [, other]) => other - one);
  const others = ranked.slice(OPERATIONS).reduce((sum, [, count]) => sum + count, 0);
  const shown: [name: string, count: number][] = [...ranked.slice(0, OPERATIONS), ['others', others]];
  return shown.map(([name, count]) => `  ${String(count).padStart(5)} ${name}`);
}

async function look(handle: WorkflowHandle): Promise<{ status: PhaseStatus; gates: OpenGates['gates'] }> {
  const status = await handle.query<PhaseStatus>('status');
  return { status, gates: (await handle.query<OpenGates>('gates')).gates };
}

/** True when the gate is open and all its checks have a result. */
function isLookedAt(gates: OpenGates['gates']): boolean {
  const gate = gates.find((one) => one.gate === GATE);
  return gate !== undefined && gate.unmet.every(({ checks }) => checks.every(({ state }) => state !== 'waiting'));
}

/** Milliseconds from the opening of the gate until the last of its checks has its first result. */
function toldMs({ recent }: LedgerView): number {
  const opened = recent.find(({ what, on }) => what === 'opened' && on === GATE);
  if (opened === undefined) throw new Error(`the ledger does not tell that ${GATE} has opened`);
  const told = recent.filter(({ what, on = '' }) => what === 'check' && on.startsWith(`${GATE}/`));
  return Math.max(...told.map(({ at }) => at)) - opened.at;
}

/** Duration of the milestone's workflow, and of the longer report, which is the one with checks, in milliseconds. */
async function timesOf(milestone: WorkflowHandle): Promise<{ milestone: number; report: number }> {
  const { events } = await milestone.fetchHistory();
  const all = events ?? [];
  const times = all.map(({ eventTime }) => tsToMs(eventTime));
  const scheduled = all.filter(
    ({ activityTaskScheduledEventAttributes: one }) => one?.activityType?.name === 'step.report',
  );
  const spans = scheduled.map(({ eventId, eventTime }) => {
    const end = all.find(
      ({ activityTaskCompletedEventAttributes: one }) => String(one?.scheduledEventId) === String(eventId),
    );
    return tsToMs(end?.eventTime) - tsToMs(eventTime);
  });
  return { milestone: Math.max(...times) - Math.min(...times), report: Math.max(...spans) };
}

async function untilQuiet(calls: () => number): Promise<void> {
  for (let before = -1; before !== calls();) {
    before = calls();
    await delay(QUIET_MS);
  }
}

async function untilTrue(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + LONGEST_MS;
  while (!(await isTrue())) {
    if (Date.now() > deadline)
      throw new UserError(`milestone 4.1 has not come that far within ${LONGEST_MS / 60_000} minutes`);
    await delay(LOOK_MS);
  }
}
