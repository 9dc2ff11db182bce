import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { stopped, UserError } from '../command-line.ts';
import { enterGroup, leaveGroup } from './groups.ts';
import { logsDir } from './paths.ts';

export interface ProcessOptions {
  /** For messages: `the Temporal server`. */
  readonly what: string;
  /** Name of its log file, less `.log`. */
  readonly log: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The sign that it is ready: a line that it prints, or a probe that is repeated until it answers `true`. */
  readonly ready: { readonly line: (line: string) => boolean } | { readonly probe: () => Promise<boolean> };
  /** Milliseconds that it may take to be ready. Default 30,000. */
  readonly readyWithin?: number;
  /** Milliseconds that it may take to end by itself when stopped; then it is killed. Default 10,000. */
  readonly stopWithin?: number;
  /** The signal that stops it. Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** A folder that goes when it has ended. */
  readonly temporary?: string;
}

export interface RunningProcess {
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when it has ended, with the reason: `exit code 1`, `SIGKILL`. */
  readonly ended: Promise<string>;
  /** Ends it and everything that it started. Harmless when it has ended already. */
  stop(): Promise<void>;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

const PROBE_INTERVAL = 50;
/** What has just been killed may still write for a moment. */
const unattended = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 };
const LOG_TAIL = 20;

/** Temporary folders of what runs. */
const folders = new Set<string>();
// Last resort, for an exit that skipped stop(): nothing that was started here leaves its folder.
process.on('exit', () => {
  folders.forEach((folder) => rmSync(folder, unattended));
});

/**
 * Starts a process and waits until it is ready. When that fails, it is stopped and the end of its log is in the error.
 *
 * @throws Stopped when a signal asks this process to end before the started one is ready
 */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  if (options.temporary !== undefined) folders.add(options.temporary);
  stopped.throwIfAborted();
  const { child, pid } = spawnGroup(options);
  const { logFile, written } = keepLog(child, options.log);
  const ended = endOf(child, pid, written, options.temporary);
  const running = { pid, logFile, ended, stop: () => stop(child, ended, options) };

  const within = options.readyWithin ?? 30_000;
  const waiting = new AbortController();
  const problem = await Promise.race([
    becomesReady(child, options.ready, waiting.signal),
    ended.then((how) => `ended with ${how} before it was ready`),
    delay(within, `was not ready after ${within / 1000} s`, { signal: waiting.signal }),
    once(stopped, 'abort', { signal: waiting.signal }).then(() => 'was stopped before it was ready'),
  ]).finally(() => waiting.abort());
  if (problem === undefined) return running;

  await running.stop();
  stopped.throwIfAborted();
  const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-LOG_TAIL);
  throw new UserError([...lines, '', `${options.what} ${problem}; its log is ${logFile}`].join('\n'));
}

/** Waits until all servers have started. When one fails, ends the others, and then throws its error. */
export async function allStarted<const T extends readonly Pick<RunningProcess, 'stop'>[]>(starting: {
  readonly [K in keyof T]: Promise<T[K]>;
}): Promise<T> {
  const outcomes: PromiseSettledResult<T[number]>[] = await Promise.allSettled(starting);
  const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure === undefined) return started as unknown as T;
  await endInTurn(started);
  throw failure.reason;
}

/** Ends servers one after the other, the last one first: a server that calls another one comes after it. */
export async function endInTurn(servers: readonly Pick<RunningProcess, 'stop'>[]): Promise<void> {
  for (const server of servers.toReversed()) await server.stop();
}

function spawnGroup({ command, args, env, what }: ProcessOptions): { child: Child; pid: number } {
  // A group of its own: Ctrl-C reaches only us, so that the processes are stopped in order, and what one of them has
  // started (the emulator's Lambda runtimes) can be killed with it.
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  if (child.pid === undefined) {
    child.once('error', () => {}); // Arrives later, and says no more than the missing pid does.
    throw new UserError(`${what} cannot be started: ${command} is not a program.`);
  }
  enterGroup(child.pid);
  return { child, pid: child.pid };
}

function keepLog(child: Child, name: string): { logFile: string; written: Promise<void> } {
  mkdirSync(logsDir, { recursive: true });
  const logFile = join(logsDir, `${name}.log`);
  const file = createWriteStream(logFile);
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  child.once('close', () => file.end());
  return { logFile, written: finished(file) };
}

async function endOf(child: Child, pid: number, logWritten: Promise<void>, temporary?: string): Promise<string> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  leaveGroup(pid);
  await logWritten;
  if (temporary !== undefined) {
    await rm(temporary, unattended);
    folders.delete(temporary);
  }
  return signal ?? `exit code ${code}`;
}

async function stop(child: Child, ended: Promise<string>, options: ProcessOptions): Promise<void> {
  child.kill(options.stopSignal ?? 'SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), options.stopWithin ?? 10_000);
  await ended;
  clearTimeout(killer);
}

async function becomesReady(child: Child, ready: ProcessOptions['ready'], signal: AbortSignal): Promise<undefined> {
  if ('probe' in ready) {
    while (!(await ready.probe())) await delay(PROBE_INTERVAL, undefined, { signal });
    return;
  }
  // Never closed: closing would also pause the stream, and with it the log.
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      if (ready.line(line)) resolve(undefined);
    });
  });
}
