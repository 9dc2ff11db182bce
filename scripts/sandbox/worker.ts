import { join } from 'node:path';
import { stoppable, UserError } from '../command-line.ts';
import { capture } from './capture.ts';
import { root } from './paths.ts';
import { startProcess, type RunningProcess } from './processes.ts';

export interface WorkerOptions {
  /** Added to this process's own environment; see `sandboxEnvironment`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Name of its log file, less `.log`. Default `worker`. */
  readonly log?: string;
}

/** Starts the worker as `npm start` does, building it first when its sources have changed. */
export async function startWorker(options: WorkerOptions = {}): Promise<RunningProcess> {
  await build();
  return startProcess({
    what: 'The worker',
    log: options.log ?? 'worker',
    command: process.execPath,
    args: ['--enable-source-maps', join(root, 'dist', 'worker.js')],
    ...(options.env ? { env: options.env } : {}),
    ready: { line: (line) => line.includes('"msg":"worker is ready"') },
    readyWithin: 60_000,
    stopWithin: 30_000,
  });
}

async function build(): Promise<void> {
  const args = [join(root, 'scripts', 'bootstrap.mjs'), 'build', '--if-changed'];
  const { code, output } = await stoppable(() => capture(process.execPath, args));
  if (code !== 0) throw new UserError(output.trimEnd());
}
