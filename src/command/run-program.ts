import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { PermanentError } from '../activities/define.ts';
import { endRun, signalGroup } from './end-run.ts';
import { RUN_VARIABLE } from './processes.ts';
import { reaper } from './reaper.ts';
import { Tail } from './tail.ts';

export interface ProgramOptions {
  /** Program and arguments; never a shell string. `node` means the Node that runs this. */
  readonly run: readonly string[];
  /** Whose program it is, without a dot: what an earlier attempt has started under this name is ended first. */
  readonly name: string;
  /** Folder that it runs in. */
  readonly cwd: string;
  /** Added to this process's own environment, less what is for Temporal alone. */
  readonly env: { readonly [name: string]: string };
  /** Written to its standard input as JSON. */
  readonly brief: unknown;
  /** Milliseconds; then it is killed. Default: none. */
  readonly timeoutMs?: number;
  /** Kills it when aborted. */
  readonly signal: AbortSignal;
  /** Told its process id once it runs. */
  readonly onStart: (pid: number) => void;
  /** Told each line that it writes to standard error. */
  readonly onProgress: (line: string) => void;
}

export interface ProgramResult {
  /** Exit code, or the name of the signal that ended it. */
  readonly ended: number | NodeJS.Signals;
  readonly timedOut: boolean;
  /** The end of its standard output. */
  readonly output: string;
  /** The end of its standard error. */
  readonly errors: string;
}

/** Milliseconds for what an ended program has written to arrive. */
const DRAIN_MS = 5_000;
const OUTPUT_KEPT = 256 * 1024;
const ERRORS_KEPT = 8 * 1024;

/**
 * Runs a program to its end, after what an attempt before has left running has been ended. When aborted, it and what it has started
 * get SIGTERM, and SIGKILL after a grace time; the promise then rejects with the signal's reason, once they are gone. They are ended
 * as well when this process is killed.
 *
 * @throws PermanentError when it cannot be started
 * @throws Error when what is to be ended cannot be ended
 */
export async function runProgram(options: ProgramOptions): Promise<ProgramResult> {
  const { signal, timeoutMs, onStart, onProgress } = options;
  signal.throwIfAborted();
  await endRun(`${options.name}.`);
  signal.throwIfAborted();
  const run = `${options.name}.${randomUUID()}`;
  reaper.watch({ run });
  const stopping = new Stopping(run);
  let timer: NodeJS.Timeout | undefined;
  let timedOut = false;
  const stop = () => stopping.begin();
  try {
    const child = start(run, options);
    if (child.pid !== undefined) {
      reaper.watch({ run, group: child.pid });
      stopping.group = child.pid;
      onStart(child.pid);
    }
    const output = new Tail(child.stdout, OUTPUT_KEPT);
    const errors = new Tail(child.stderr, ERRORS_KEPT, onProgress);
    signal.addEventListener('abort', stop, { once: true });
    if (timeoutMs !== undefined) {
      timer = setTimeout(() => {
        timedOut = true;
        stop();
      }, timeoutMs);
    }
    // A program that does not read its input closes the pipe; that is its choice.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${JSON.stringify(options.brief)}\n`);
    const ended = await Promise.race([endOf(child, options.run[0] ?? ''), stopping.failed]);
    await stopping.done;
    signal.throwIfAborted();
    return { ended, timedOut, output: output.text, errors: errors.text };
  } finally {
    signal.removeEventListener('abort', stop);
    clearTimeout(timer);
    reaper.forget(run);
  }
}

/** Ends a run, at most once. */
class Stopping {
  /** The program's process group, once it runs. */
  group: number | undefined;
  /** Resolves when everything has ended, or at once where nothing has to be. */
  done: Promise<void> = Promise.resolve();
  /** Rejects when something cannot be ended. */
  readonly failed: Promise<never>;
  readonly #run: string;
  #fail: (error: unknown) => void = () => undefined;
  #hasBegun = false;

  constructor(run: string) {
    this.#run = run;
    this.failed = new Promise((_, reject) => (this.#fail = reject));
    this.failed.catch(() => undefined);
  }

  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.done = endRun(this.#run, this.group);
    this.done.catch(this.#fail);
  }
}

function start(name: string, { run, cwd, env }: ProgramOptions): ChildProcessWithoutNullStreams {
  const [program = '', ...args] = run;
  return spawn(program === 'node' ? process.execPath : program, args, {
    cwd,
    env: { ...inherited(), ...env, [RUN_VARIABLE]: name },
    // A session and group of its own, so that what the program starts is ended with it.
    detached: true,
    stdio: 'pipe',
  });
}

/** The connection to Temporal is this worker's own; its API key is no business of a program that carries out a task. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

function endOf(child: ChildProcessWithoutNullStreams, program: string): Promise<number | NodeJS.Signals> {
  return new Promise((resolve, reject) => {
    child.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const why = code === 'ENOENT' ? 'there is no such program; install it or mend PATH' : message;
      reject(new PermanentError(`${program} cannot be started: ${why}.`));
    });
    child.once('exit', () => {
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
      // What has left the group may go on with the streams in its hands, and with them this promise.
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, DRAIN_MS).unref();
    });
    child.once('close', (code, signal) => resolve(signal ?? code ?? 1));
  });
}
