import type { RunningProcess } from '../sandbox/processes.ts';
import { startWorker, type WorkerOptions } from '../sandbox/worker.ts';

/** A worker that can be killed, and is then replaced by another one with a log of its own. */
export class ReplaceableWorker implements Pick<RunningProcess, 'ended' | 'logFile' | 'stop'> {
  /** Resolves when a worker has ended that was not killed here. */
  readonly ended: Promise<string>;
  readonly #options: WorkerOptions;
  #tellEnd: (how: string) => void = () => undefined;
  /** The one that is meant to run. */
  #current: RunningProcess;
  #started = 1;

  private constructor(options: WorkerOptions, first: RunningProcess) {
    this.#options = options;
    this.ended = new Promise((resolve) => (this.#tellEnd = resolve));
    this.#current = first;
    this.#watch(first);
  }

  static async start(options: WorkerOptions): Promise<ReplaceableWorker> {
    return new ReplaceableWorker(options, await startWorker(options));
  }

  get logFile(): string {
    return this.#current.logFile;
  }

  /** Ends the worker with SIGKILL, and resolves when another one is ready. */
  async replace(): Promise<void> {
    const { pid, ended } = this.#current;
    this.#current = { ...this.#current, pid: 0 };
    process.kill(pid, 'SIGKILL');
    await ended;
    this.#started += 1;
    const next = await startWorker({ ...this.#options, log: `worker-${this.#started}` });
    this.#current = next;
    this.#watch(next);
  }

  async stop(): Promise<void> {
    await this.#current.stop();
  }

  #watch(one: RunningProcess): void {
    void one.ended.then((how) => {
      if (this.#current === one) this.#tellEnd(how);
    });
  }
}
