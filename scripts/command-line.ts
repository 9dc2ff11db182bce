import { once } from 'node:events';
import { constants } from 'node:os';
import { resolve } from 'node:path';

/** An error that a person can mend: printed without a stack trace. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** The signal that asked the command to end. The exit code is that of a shell: 130 for Ctrl-C. */
export class Stopped extends UserError {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals, message = 'stopped; run it again to go on') {
    super(message);
    this.signal = signal;
  }

  get exitCode(): number {
    return 128 + constants.signals[this.signal];
  }
}

/** The absolute path of a path that a person typed: npm runs scripts in the project's folder, and the person may be in another one. */
export function absolute(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? '', path);
}

/** The first line of an error's message; gRPC errors hold their whole call stack. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? message;
}

/** Progress goes to standard error, so that a command's own output (`--json`) stays clean. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Runs a command; its result is the exit code. A UserError ends it with its message and exit code 1, a Stopped with its own exit code. */
export async function runCommand(command: () => Promise<number>): Promise<void> {
  process.stdout.on('error', leaveWithReader);
  try {
    process.exitCode = await command();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(error.message);
    process.exitCode = error instanceof Stopped ? error.exitCode : 1;
  }
}

/** The reader of a pipe has left, such as `| head` when it has read enough. This is no fault. */
function leaveWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}

/** Signals that ask this process to end: Ctrl-C, `kill`, a closed terminal. */
export const STOP_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const stop = new AbortController();

/** Aborts when a signal asks this process to end while `interrupted` or `stoppable` listens. The reason is a `Stopped`. */
export const stopped = stop.signal;

function onSignal(signal: NodeJS.Signals): void {
  stop.abort(new Stopped(signal));
}

/**
 * Resolves when a signal asks this process to end.
 * From the first call on, these signals no longer end it by themselves: npm and the terminal both pass Ctrl-C on, and the
 * second must not cut the clean-up short.
 */
export async function interrupted(): Promise<NodeJS.Signals> {
  for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  if (!stopped.aborted) await once(stopped, 'abort');
  return (stopped.reason as Stopped).signal;
}

/**
 * Runs work that cleans up after itself. A signal does not end the process meanwhile: `stopped` aborts, and the work ends.
 *
 * @throws Stopped when a signal has come, whatever became of the work
 */
export async function stoppable<T>(work: () => Promise<T>): Promise<T> {
  for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  try {
    stopped.throwIfAborted();
    const result = await work();
    stopped.throwIfAborted();
    return result;
  } catch (error) {
    // Work that is interrupted fails in many ways.
    stopped.throwIfAborted();
    throw error;
  } finally {
    for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
  }
}
