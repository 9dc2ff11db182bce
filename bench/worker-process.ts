import { execFile, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';

export type Side = 'phasegate' | 'baseline';

export type FromWorker =
  | { readonly type: 'ready' }
  /** A no-op of that phase began, at that wall-clock time in milliseconds. */
  | { readonly type: 'began'; readonly phase: string; readonly at: number };

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
    const child = fork(join(import.meta.dirname, 'worker.ts'), [side, address, taskQueue, phasesDir], {
      execArgv: ['--import', 'tsx', '--no-warnings'],
    });
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
