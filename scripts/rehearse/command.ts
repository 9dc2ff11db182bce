import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { setTimeout as delay } from 'node:timers/promises';
import ms from 'ms';
import { DateTime } from 'luxon';
import { join } from 'node:path';
import { windows } from '../../src/calendar/windows.ts';
import type { Calendar } from '../../src/calendar/calendar.ts';
import type { PhaseStatus } from '../../src/contract/answers.ts';
import type { Plan } from '../../src/plan/model.ts';
import { DAY } from '../../src/views/planned.ts';
import { firstLine, say, Stopped, stoppable, stopped, UserError } from '../command-line.ts';
import { terminal } from '../plan/terminal.ts';
import { UsageError } from '../plan/usage-error.ts';
import { root } from '../sandbox/paths.ts';
import { temporalTestServer } from '../sandbox/tools.ts';
import { Screen } from '../watch/screen.ts';
import { type Account, accountOf } from './account.ts';
import { workCalendar } from './lengths.ts';
import { asksForSignatures, firstDate, movedBy, STAND_IN, weeksUntil } from './plan.ts';
import { printed } from './print.ts';
import { run } from './run.ts';

/** The options of `npm run plan -- rehearse`, as commander reads them. */
export interface RehearseOptions {
  readonly json?: boolean;
  readonly by?: string;
  readonly start?: string;
  readonly within: string;
}

/** Milliseconds that the server gets to end; Ctrl-C in a terminal has ended it already. */
const TEARDOWN = 5_000;
/** A timer of Node takes no more than 24 days. */
const LONGEST = DAY;

/** Rehearses a compiled plan and prints what that shows. @returns whether everything could be cleared */
export async function rehearse(given: Plan, options: RehearseOptions): Promise<boolean> {
  const within = limitOf(options.within);
  const calendar = workCalendar(given);
  const zone = calendar?.zone ?? given.zone;
  const now = Date.now();
  const weeks = options.start === undefined ? weeksUntil(given, now) : 0;
  const plan = movedBy(weeks, given);
  const start = options.start === undefined ? usualStart(plan, calendar, now) : startOf(options.start, zone, now);
  const days = progress(zone);
  const by = options.by ?? STAND_IN;
  const bundle = { codePath: join(root, 'dist', 'workflow-bundle.js') };
  const ran = await stoppable(() =>
    onServer((env) => run(env, { plan, start, by, within, bundle, signal: stopped, onDay: days.tell })),
  ).catch(leave);
  days.clear();
  const account = accountOf(plan, ran, notesOf(given, weeks));
  console.log(options.json === true ? JSON.stringify(account, null, 2) : shown(account, zone));
  return account.stuck.length === 0;
}

/** Starts the server that skips time, which binds to 127.0.0.1, and ends it. */
async function onServer<T>(action: (env: TestWorkflowEnvironment) => Promise<T>): Promise<T> {
  const path = await temporalTestServer();
  Runtime.install({
    // What ends because the command is stopped fails in many ways.
    logger: new DefaultLogger('ERROR', ({ message, meta }) => {
      if (!stopped.aborted) say(`${message} ${firstLine((meta as { error?: unknown } | undefined)?.error ?? '')}`);
    }),
    // The command ends the worker itself.
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
  });
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  try {
    return await action(env);
  } finally {
    await Promise.race([env.teardown(), delay(TEARDOWN, undefined, { ref: false })]);
  }
}

/** Ends the process with the error: a worker that has lost its server would keep it alive. */
function leave(error: unknown): never {
  if (!(error instanceof UserError)) throw error;
  say(error.message);
  process.exit(error instanceof Stopped ? error.exitCode : 1);
}

function shown(account: Account, zone: string | undefined): string {
  return printed(account, zone, terminal(process.stdout, process.env));
}

function limitOf(given: string): number {
  const limit = /^\d+(\.\d+)?\s*[a-z]+$/i.test(given) ? ms(given as ms.StringValue) : NaN;
  if (limit > 0 && limit <= LONGEST) return limit;
  throw new UsageError(`--within is "${given}"; it takes a length of at most a day with its unit, such as 10m`);
}

function startOf(given: string, zone: string | undefined, now: number): number {
  const start = DateTime.fromISO(given, { zone: zone ?? 'UTC' });
  if (start.isValid && start.toMillis() > now) return start.toMillis();
  throw new UsageError(`--start is "${given}"; it takes a date in the future, such as 2026-12-07 or 2026-12-07T09:00`);
}

/** The first date of the Gantt. A Gantt without dates begins with the next week's work. */
function usualStart(plan: Plan, calendar: Calendar | undefined, now: number): number {
  const monday = DateTime.fromMillis(now, { zone: calendar?.zone ?? 'UTC' })
    .plus({ weeks: 1 })
    .startOf('week')
    .toMillis();
  const [next] = calendar === undefined ? [] : windows(calendar, monday, 1);
  return firstDate(plan) ?? Math.max(monday, next?.opens ?? monday);
}

function notesOf(plan: Plan, weeks: number): string[] {
  return [
    ...(weeks === 0 ? [] : [`Dates of the Gantt have passed; they were moved by ${String(weeks)} weeks.`]),
    ...(asksForSignatures(plan) ? ['Decisions were not signed, although gates ask for it.'] : []),
    'Steps took their planned length, checks passed, and no issue was found.',
  ];
}

/** Tells the days on standard error: in one line that is drawn over in a terminal, otherwise in a line each. */
function progress(zone: string | undefined) {
  const { plain } = terminal(process.stderr, process.env);
  const screen = new Screen(process.stderr);
  say('Rehearsing on a server that skips time …');
  return {
    tell: (day: number, at: number, { milestones, desk, gates }: PhaseStatus): void => {
      const date = DateTime.fromMillis(at, { zone: zone ?? 'UTC', locale: 'en' }).toFormat('ccc d LLL yyyy');
      const work = milestones
        .filter(({ stage }) => stage !== 'pending' && stage !== 'done')
        .map(({ number }) => number);
      const open = gates.filter(({ state }) => state === 'open').map(({ gate }) => gate);
      const waiting = [...open, ...desk.map(({ task }) => task)];
      const where = work.length === 0 ? '' : `, milestone ${work.join(', ')}`;
      const line = `day ${String(day)}, ${date}${where}${waiting.length === 0 ? '' : `: people are asked at ${waiting.join(', ')}`}`;
      if (plain) say(line);
      else screen.show([line.slice(0, (process.stderr.columns || 80) - 1)]);
    },
    clear: (): void => {
      if (!plain) screen.show([]);
    },
  };
}
