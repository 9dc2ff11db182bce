import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { STOP_SIGNALS, Stopped, stopped } from '../command-line.ts';
import { enterGroup, leaveGroup, signalGroup } from './groups.ts';

export interface Captured {
  /** 127 where there is no such program; -1 where a signal has ended it. */
  readonly code: number;
  /** The end of all that it printed, at most `OUTPUT` characters. */
  readonly output: string;
}

/** Characters of output that are kept: a reason for a failure stands at its end. */
const OUTPUT = 64 * 1024;
/** Milliseconds after which a program that was asked to end is killed. */
const KILL_AFTER = 5000;

/**
 * Runs a program of an installation silently. When `stopped` aborts, the program is ended with everything that it has started.
 *
 * @throws Stopped when a signal has asked this process or the program to end
 */
export async function capture(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Captured> {
  stopped.throwIfAborted();
  // A group of its own: Ctrl-C reaches only us, so that the program prints no trace of it.
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  if (pid === undefined) {
    child.once('error', () => undefined); // Arrives later, and says no more than the missing pid does.
    return { code: 127, output: `${command} is not a program.` };
  }
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-OUTPUT)));
  }
  enterGroup(pid);
  let killer: NodeJS.Timeout | undefined;
  const end = (): void => {
    // Python and npm remove their temporary files on this signal.
    signalGroup(pid, 'SIGINT');
    killer = setTimeout(() => signalGroup(pid, 'SIGKILL'), KILL_AFTER);
  };
  stopped.addEventListener('abort', end);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  stopped.removeEventListener('abort', end);
  clearTimeout(killer);
  leaveGroup(pid);
  stopped.throwIfAborted();
  if (signal !== null && STOP_SIGNALS.includes(signal)) throw new Stopped(signal);
  return { code: code ?? -1, output };
}
