import { Client, type Connection } from '@temporalio/client';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectClosable, type ClosableConnection } from '../scripts/closable-connection.ts';
import { HOST } from '../scripts/sandbox/ports.ts';
import { startTemporal, type TemporalServer } from '../scripts/sandbox/temporal.ts';
import { writePhases } from './phase-folders.ts';
import type { Side } from './sides.ts';
import { WorkerProcess } from './worker-process.ts';

/** The environment of a bench: its own dev server with an in-memory database, a client, phase folders, and the workers. */
export class Setting {
  readonly client: Client;
  private readonly server: TemporalServer;
  private readonly connection: Connection;
  private readonly closeConnection: () => Promise<void>;
  private readonly folder: string;
  private readonly workers: WorkerProcess[] = [];

  private constructor(server: TemporalServer, { connection, close }: ClosableConnection, folder: string) {
    this.server = server;
    this.connection = connection;
    this.closeConnection = close;
    this.client = new Client({ connection });
    this.folder = folder;
  }

  static async open(): Promise<Setting> {
    const [port, uiPort] = await freePorts();
    const server = await startTemporal({ port, uiPort });
    const connection = await connectClosable({ address: server.address });
    const folder = await mkdtemp(join(tmpdir(), 'phasegate-bench-'));
    await writePhases(join(folder, 'phases'));
    return new Setting(server, connection, folder);
  }

  /** Where the workers keep records. */
  get recordsDir(): string {
    return join(this.folder, 'records');
  }

  /** Starts a worker on a task queue of its own. */
  async startWorker(side: Side): Promise<WorkerProcess> {
    const worker = await WorkerProcess.start({
      side,
      address: this.server.address,
      taskQueue: `bench-${side}-${String(this.workers.length)}`,
      phasesDir: join(this.folder, 'phases'),
    });
    this.workers.push(worker);
    return worker;
  }

  async serverVersion(): Promise<string> {
    return (await this.connection.workflowService.getSystemInfo({})).serverVersion;
  }

  async close(): Promise<void> {
    // The connection is closed first, which ends requests that a failed part has left open.
    await this.closeConnection();
    for (const worker of this.workers) await worker.stop();
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Finds two free ports. */
async function freePorts(): Promise<[number, number]> {
  const listen = async () => {
    const server = createServer().listen(0, HOST);
    await once(server, 'listening');
    return server;
  };
  const [one, other] = [await listen(), await listen()];
  const ports: [number, number] = [(one.address() as AddressInfo).port, (other.address() as AddressInfo).port];
  await Promise.all([once(one.close(), 'close'), once(other.close(), 'close')]);
  return ports;
}
