import { execFile, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { within } from './clock.ts';
import { bundleOf, workerProgram } from './compile.ts';
import type { Side } from './sides.ts';

export type FromWorker =
  | { readonly type: 'ready' }
  /** A no-op of the phase began at the given time of `now()`. */
  | { readonly type: 'began'; readonly phase: string; readonly at: number };

export interface WorkerOptions {
  readonly side: Side;
  /** Address of the Temporal server. */
  readonly address: string;
  readonly taskQueue: string;
  readonly phasesDir: string;
}

/** One side's worker, in a process of its own. */
export class WorkerProcess {
  readonly side: Side;
  readonly taskQueue: string;
  private readonly child: ChildProcess;
  private readonly waiting = new Map<string, (at: number) => void>();

  private constructor({ side, taskQueue }: WorkerOptions, child: ChildProcess) {
    this.side = side;
    this.taskQueue = taskQueue;
    this.child = child;
    child.on('message', (message: FromWorker) => {
      if (message.type !== 'began') return;
      this.waiting.get(message.phase)?.(message.at);
      this.waiting.delete(message.phase);
    });
  }

  /** Starts a worker, and resolves when it polls. */
  static async start(options: WorkerOptions): Promise<WorkerProcess> {
    const { side, address, taskQueue, phasesDir } = options;
    // `execArgv` is empty, so that the child does not run under this process's TypeScript loader.
    const child = fork(workerProgram, [side, address, taskQueue, phasesDir, bundleOf(side)], { execArgv: [] });
    const worker = new WorkerProcess(options, child);
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the ${side} worker ended with ${String(code)} before it was ready`);
    });
    ended.catch(() => undefined);
    await within(60_000, `the ${side} worker is ready`, () => Promise.race([once(child, 'message'), ended]));
    return worker;
  }

  /** @throws Error when the process has ended, so that the bench does not wait for it */
  requireAlive(): void {
    const how = this.child.exitCode ?? this.child.signalCode;
    if (how !== null) throw new Error(`the ${this.side} worker has ended with ${String(how)}`);
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
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const killer = setTimeout(() => this.child.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(killer);
  }
}
