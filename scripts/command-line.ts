import { resolve } from 'node:path';

/** An error that a person can mend: printed without a stack trace. */
export class UserError extends Error {
  override readonly name = 'UserError';
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

/** Runs a command; its result is the exit code. A UserError ends it with exit code 1 and its message. */
export async function runCommand(command: () => Promise<number>): Promise<void> {
  process.stdout.on('error', leaveWithReader);
  try {
    process.exitCode = await command();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}

/** The reader of a pipe has left, such as `| head` when it has read enough. This is no fault. */
function leaveWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Resolves when a signal asks this process to end (Ctrl-C, `kill`, a closed terminal).
 * From the first call on, these signals no longer end it by themselves: npm and the terminal both pass Ctrl-C on, and the
 * second must not cut the clean-up short.
 */
export async function interrupted(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of STOP_SIGNALS) process.on(signal, resolve);
  });
}
