import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { PermanentError } from '../activities/define.ts';
import { Tail } from './tail.ts';

export interface ProgramOptions {
  /** Program and arguments; never a shell string. `node` means the Node that runs this. */
  readonly run: readonly string[];
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

const KILL_AFTER_MS = 5_000;
const OUTPUT_KEPT = 256 * 1024;
const ERRORS_KEPT = 8 * 1024;

/**
 * Runs a program to its end. When aborted, it and what it has started get SIGTERM, and SIGKILL after a grace time; the promise
 * then rejects with the signal's reason, once they are gone.
 *
 * @throws PermanentError when it cannot be started
 */
export async function runProgram(options: ProgramOptions): Promise<ProgramResult> {
  const { signal, timeoutMs, onProgress } = options;
  signal.throwIfAborted();
  const child = start(options);
  const output = new Tail(child.stdout, OUTPUT_KEPT);
  const errors = new Tail(child.stderr, ERRORS_KEPT, onProgress);
  const timers: NodeJS.Timeout[] = [];
  let timedOut = false;
  const stop = () => {
    killGroup(child, 'SIGTERM');
    timers.push(setTimeout(() => killGroup(child, 'SIGKILL'), KILL_AFTER_MS));
  };
  const stopLate = () => {
    timedOut = true;
    stop();
  };
  signal.addEventListener('abort', stop, { once: true });
  if (timeoutMs !== undefined) timers.push(setTimeout(stopLate, timeoutMs));
  // A program that does not read its input closes the pipe; that is its choice.
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${JSON.stringify(options.brief)}\n`);
  try {
    const ended = await endOf(child, options.run[0] ?? '');
    signal.throwIfAborted();
    return { ended, timedOut, output: output.text, errors: errors.text };
  } finally {
    signal.removeEventListener('abort', stop);
    timers.forEach(clearTimeout);
  }
}

function start({ run, cwd, env }: ProgramOptions): ChildProcessWithoutNullStreams {
  const [program = '', ...args] = run;
  return spawn(program === 'node' ? process.execPath : program, args, {
    cwd,
    env: { ...inherited(), ...env },
    // A group of its own, so that what the program starts is killed with it.
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
    // Whatever it leaves running would keep the streams open, and with them this promise.
    child.once('exit', () => killGroup(child, 'SIGKILL'));
    child.once('close', (code, signal) => resolve(signal ?? code ?? 1));
  });
}

function killGroup({ pid }: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended by itself.
  }
}
