import { execFile, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';

export type Side = 'phasegate' | 'baseline';

export type FromWorker =
  | { readonly type: 'ready' }
  /** A no-op of that phase began, at that wall-clock time in milliseconds. */
  | { readonly type: 'began'; readonly phase: string; readonly at: number };

const root = join(import.meta.dirname, '..');
const compiled = join(root, '.phasegate', 'bench');

/** Compiles the workers of both sides: run through a TypeScript loader, every promise of a workflow would cost its source map. */
export async function compileWorkers(): Promise<void> {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await promisify(execFile)(process.execPath, [tsc, '-p', join(root, 'tsconfig.bench.json')]);
}

/** One side's worker as the bench sees it. */
export class WorkerProcess {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<string, (at: number) => void>();

  private constructor(child: ChildProcess) {
    this.child = child;
    child.on('message', (message: FromWorker) => {
      if (message.type !== 'began') return;
      this.waiting.get(message.phase)?.(message.at);
      this.waiting.delete(message.phase);
    });
  }

  static async start(side: Side, address: string, taskQueue: string, phasesDir: string): Promise<WorkerProcess> {
    const child = fork(join(compiled, 'bench', 'worker.js'), [side, address, taskQueue, phasesDir], { execArgv: [] });
    const worker = new WorkerProcess(child);
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the ${side} worker ended with ${String(code)} before it was ready`);
    });
    await Promise.race([once(child, 'message'), ended]);
    ended.catch(() => undefined);
    return worker;
  }

  /** Resolves with the time at which the phase's next no-op begins. */
  nextNoop(phase: string): Promise<number> {
    return new Promise((resolve) => this.waiting.set(phase, resolve));
  }

  /** Resident memory in megabytes. */
  async memory(): Promise<number> {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(this.child.pid)]);
    return Number(stdout) / 1024;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}
