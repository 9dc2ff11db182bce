import { Client, Connection } from '@temporalio/client';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../sandbox/emulator.ts';
import { sandboxEnvironment } from '../sandbox/environment.ts';
import { freePort } from '../sandbox/ports.ts';
import type { RunningProcess } from '../sandbox/processes.ts';
import { startProxy, type AwsProxy, type ProxyOptions } from '../sandbox/proxy/proxy.ts';
import { startTemporal, type TemporalServer } from '../sandbox/temporal.ts';
import { startWorker } from '../sandbox/worker.ts';

export interface SceneOptions extends Omit<ProxyOptions, 'upstream'> {
  /** Phases directory of the worker. */
  readonly phasesDir: string;
  /** Seconds that each resource of a stack takes. */
  readonly resourceDelay: number;
}

/** Servers of their own on free ports: Temporal, the AWS emulator with the proxy before it, and the built worker, which can be killed. */
export class Scene {
  readonly client: Client;
  readonly emulator: Emulator;
  readonly proxy: AwsProxy;
  readonly #temporal: TemporalServer;
  readonly #connection: Connection;
  readonly #folder: string;
  readonly #phasesDir: string;
  #worker: RunningProcess | undefined;

  private constructor(
    temporal: TemporalServer,
    connection: Connection,
    emulator: Emulator,
    proxy: AwsProxy,
    folder: string,
    phasesDir: string,
  ) {
    this.#temporal = temporal;
    this.#connection = connection;
    this.client = new Client({ connection });
    this.emulator = emulator;
    this.proxy = proxy;
    this.#folder = folder;
    this.#phasesDir = phasesDir;
  }

  /** Starts everything but the worker. */
  static async open({ phasesDir, resourceDelay, ...proxied }: SceneOptions): Promise<Scene> {
    const emulator = await startEmulator({ port: await freePort(), resourceDelay });
    const temporal = await startTemporal({ port: await freePort(), uiPort: await freePort() }).catch(
      async (error: unknown) => {
        await emulator.stop();
        throw error;
      },
    );
    const proxy = await startProxy({ upstream: emulator.url, ...proxied });
    const connection = await Connection.connect({ address: temporal.address });
    const folder = await mkdtemp(join(tmpdir(), 'phasegate-scene-'));
    return new Scene(temporal, connection, emulator, proxy, folder, phasesDir);
  }

  async startWorker(): Promise<void> {
    this.#worker = await startWorker({
      log: `scene-worker-${new URL(this.proxy.url).port}`,
      env: {
        ...sandboxEnvironment({ temporal: this.#temporal.address, emulator: this.proxy.url }),
        PHASEGATE_PHASES: this.#phasesDir,
        PHASEGATE_RECORDS: join(this.#folder, 'records'),
      },
    });
  }

  /** Ends the worker with SIGKILL, at once. */
  killWorker(): void {
    if (this.#worker !== undefined) process.kill(this.#worker.pid, 'SIGKILL');
  }

  /** Resolves when the worker has ended. */
  async workerEnded(): Promise<void> {
    await this.#worker?.ended;
  }

  async close(): Promise<void> {
    await this.#worker?.stop();
    await this.#connection.close();
    await this.#temporal.stop();
    await this.proxy.stop();
    await this.emulator.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
