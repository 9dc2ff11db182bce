import { fork } from 'node:child_process';
import { once } from 'node:events';
import { extname, join } from 'node:path';
import { PermanentError } from '../../base/errors.ts';
import type { PhaseSources } from './sources.ts';

/** What the process is sent. */
export interface CompileOnce {
  readonly name: string;
  readonly sources: PhaseSources;
  /** Milliseconds that it may take. */
  readonly limit: number;
}

/** In milliseconds. The time that the process takes to start does not count. */
const TIME_LIMIT = 5_000;
const MEMORY_MB = 512;

/** What ends the process together with its worker, from a terminal or a service manager. It says nothing about the texts. */
const STOPS: readonly (NodeJS.Signals | null)[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

const program = join(import.meta.dirname, `compile-once${extname(import.meta.filename)}`);

/**
 * Tries out, in a process of its own, whether texts that somebody has sent compile in time. Markdown and YAML can be written so that 40,000
 * characters take minutes, and meanwhile the worker would do nothing else, for no phase.
 *
 * @throws PermanentError when they do not; another error, which is worth a retry, when the process is stopped before it can tell
 */
export async function refuseSlow(name: string, sources: PhaseSources): Promise<void> {
  const child = fork(program, {
    execArgv: [...process.execArgv, `--max-old-space-size=${String(MEMORY_MB)}`],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const order: CompileOnce = { name, sources, limit: TIME_LIMIT };
  child.send(order);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (code === 0) return;
  if (STOPS.includes(signal)) throw new Error(`trying out the texts was stopped by ${String(signal)}`);
  throw new PermanentError(
    `the texts take more than ${String(TIME_LIMIT / 1000)} seconds or ${String(MEMORY_MB)} MB to compile; write them more simply, or put them into the folder of the phase`,
  );
}
