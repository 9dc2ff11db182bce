import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface ProgramOptions {
  /** Program and arguments; never a shell string. `node` means the Node that runs this. */
  readonly run: readonly string[];
  readonly cwd: string;
  /** Added to this process's own environment, less what is for Temporal alone. */
  readonly env: { readonly [name: string]: string };
  /** Written to its standard input as JSON. */
  readonly brief: unknown;
  /** Milliseconds; then it is killed. */
  readonly timeoutMs?: number;
  /** Kills it when aborted. */
  readonly signal: AbortSignal;
  /** Each line that it writes to standard error. */
  onProgress(line: string): void;
}

export interface ProgramResult {
  /** Exit code, or the name of the signal that ended it. */
  readonly ended: number | NodeJS.Signals;
  readonly timedOut: boolean;
  /** Lines of standard output, the last ones where there are many. */
  readonly output: readonly string[];
  /** The last lines of standard error. */
  readonly errors: readonly string[];
}

/** The program does not exist or may not be executed. */
export class ProgramMissing extends Error {
  override readonly name = 'ProgramMissing';
}

const KILL_AFTER_MS = 5000;
const OUTPUT_LINES = 2000;
const ERROR_LINES = 10;

/**
 * Runs a program to its end. When aborted, its process group gets SIGTERM, and SIGKILL after a grace time; the promise then
 * rejects with the signal's reason once the program is gone.
 *
 * @throws ProgramMissing when it cannot be started.
 */
export async function runProgram(options: ProgramOptions): Promise<ProgramResult> {
  const { signal } = options;
  signal.throwIfAborted();
  const child = start(options);
  const output = lastLines(child.stdout, OUTPUT_LINES);
  const errors = lastLines(child.stderr, ERROR_LINES, options.onProgress);
  let timedOut = false;
  const kill = () => {
    killGroup(child, 'SIGTERM');
    killers.push(setTimeout(() => killGroup(child, 'SIGKILL'), KILL_AFTER_MS));
  };
  const killers: NodeJS.Timeout[] = [];
  signal.addEventListener('abort', kill, { once: true });
  if (options.timeoutMs !== undefined) {
    killers.push(
      setTimeout(() => {
        timedOut = true;
        kill();
      }, options.timeoutMs),
    );
  }
  // A program that does not read its input closes the pipe; that is its choice.
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${JSON.stringify(options.brief)}\n`);
  try {
    const ended = await endOf(child, options.run[0] ?? '');
    signal.throwIfAborted();
    return { ended, timedOut, output, errors };
  } finally {
    signal.removeEventListener('abort', kill);
    for (const killer of killers) clearTimeout(killer);
  }
}

function start({ run, cwd, env }: ProgramOptions): ChildProcessWithoutNullStreams {
  const [program = '', ...args] = run;
  // A group of its own, so that what the program starts is killed with it.
  return spawn(program === 'node' ? process.execPath : program, args, {
    cwd,
    env: { ...inherited(), ...env },
    detached: true,
    stdio: 'pipe',
  });
}

/** The connection to Temporal is this worker's own; its API key is no business of a program that carries out a task. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

function lastLines(stream: NodeJS.ReadableStream, limit: number, each?: (line: string) => void): string[] {
  const lines: string[] = [];
  createInterface({ input: stream }).on('line', (line) => {
    lines.push(line.slice(0, 2000));
    if (lines.length > limit) lines.shift();
    each?.(line.slice(0, 500));
  });
  return lines;
}

function endOf(child: ChildProcessWithoutNullStreams, program: string): Promise<number | NodeJS.Signals> {
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new ProgramMissing(
          `"${program}" cannot be started (${error.code ?? error.message}); is it installed and on PATH?`,
        ),
      );
    });
    child.once('close', (code, signal) => {
      resolve(signal ?? code ?? 1);
    });
  });
}

function killGroup(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has ended by itself.
  }
}
