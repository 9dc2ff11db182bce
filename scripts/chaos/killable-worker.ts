import { Client, Connection } from '@temporalio/client';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sandboxEnvironment } from '../sandbox/environment.ts';
import { freePort } from '../sandbox/ports.ts';
import type { RunningProcess } from '../sandbox/processes.ts';
import { startTemporal, type TemporalServer } from '../sandbox/temporal.ts';
import { startWorker } from '../sandbox/worker.ts';

export interface KillableWorkerOptions {
  /** Phases directory of the worker. */
  readonly phasesDir: string;
  /** The worker's AWS_ENDPOINT_URL. */
  readonly endpoint: string;
}

/** The built worker with a Temporal server of its own, which stays when the worker is killed. */
export class KillableWorker {
  readonly client: Client;
  readonly #options: KillableWorkerOptions;
  readonly #server: TemporalServer;
  readonly #connection: Connection;
  readonly #folder: string;
  #worker: RunningProcess | undefined;

  private constructor(options: KillableWorkerOptions, server: TemporalServer, connection: Connection, folder: string) {
    this.client = new Client({ connection });
    this.#options = options;
    this.#server = server;
    this.#connection = connection;
    this.#folder = folder;
  }

  /** Starts the server; the worker comes with `start`. */
  static async open(options: KillableWorkerOptions): Promise<KillableWorker> {
    const server = await startTemporal({ port: await freePort(), uiPort: await freePort() });
    const connection = await Connection.connect({ address: server.address });
    const folder = await mkdtemp(join(tmpdir(), 'phasegate-records-'));
    return new KillableWorker(options, server, connection, folder);
  }

  /** Resolves when the worker is ready. */
  async start(): Promise<void> {
    const { phasesDir, endpoint } = this.#options;
    this.#worker = await startWorker({
      log: `worker-${new URL(endpoint).port}`,
      env: {
        ...sandboxEnvironment({ temporal: this.#server.address, emulator: endpoint }),
        PHASEGATE_PHASES: phasesDir,
        PHASEGATE_RECORDS: this.#folder,
      },
    });
  }

  /** Ends the worker with SIGKILL, at once. */
  kill(): void {
    if (this.#worker !== undefined) process.kill(this.#worker.pid, 'SIGKILL');
  }

  /** Resolves when the worker has ended. */
  async ended(): Promise<void> {
    await this.#worker?.ended;
  }

  async close(): Promise<void> {
    await this.#worker?.stop();
    await this.#connection.close();
    await this.#server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
