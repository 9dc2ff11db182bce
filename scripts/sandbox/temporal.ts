import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Connection } from '@temporalio/client';
import { accepts, choosePort, HOST, requireFree } from './ports.ts';
import { startProcess, type RunningProcess } from './processes.ts';
import { temporalCli } from './tools.ts';

export interface TemporalOptions {
  /** Default: PHASEGATE_TEMPORAL_PORT, else 7233. */
  readonly port?: number;
  /** Default: PHASEGATE_UI_PORT, else 8233. */
  readonly uiPort?: number;
  /** SQLite file that keeps workflows between starts. Absent: they are gone when the server ends. */
  readonly dbFilename?: string;
}

export interface TemporalServer extends RunningProcess {
  /** `127.0.0.1:7233`, as TEMPORAL_ADDRESS takes it. */
  readonly address: string;
  readonly uiUrl: string;
}

/**
 * The server polls its own queues 20 times a second at most, which costs 50 ms for each step of a workflow
 * that could be dispatched at once. The limit protects a shared database, and this server has its own.
 */
const QUEUE_POLLS_PER_SECOND = 1000;
const DYNAMIC_CONFIG = ['transfer', 'timer', 'outbound', 'visibility'].map(
  (queue) => `history.${queue}ProcessorMaxPollRPS=${QUEUE_POLLS_PER_SECOND}`,
);

/** Starts Temporal's dev server with its Web UI. */
export async function startTemporal(options: TemporalOptions = {}): Promise<TemporalServer> {
  const port = choosePort('temporal', options.port);
  const uiPort = choosePort('ui', options.uiPort);
  const command = await temporalCli();
  await requireFree('temporal', port);
  await requireFree('ui', uiPort);
  if (options.dbFilename) await mkdir(dirname(options.dbFilename), { recursive: true });

  const address = `${HOST}:${port}`;
  const running = await startProcess({
    what: 'The Temporal server',
    log: `temporal-${port}`,
    command,
    args: [
      ...['server', 'start-dev', '--ip', HOST, '--port', `${port}`, '--ui-port', `${uiPort}`],
      ...DYNAMIC_CONFIG.flatMap((setting) => ['--dynamic-config-value', setting]),
      ...(options.dbFilename ? ['--db-filename', options.dbFilename] : []),
    ],
    ready: { probe: async () => (await accepts(port)) && (await accepts(uiPort)) && (await answers(address)) },
  });
  return { ...running, address, uiUrl: `http://${HOST}:${uiPort}` };
}

/** Tells whether workers can connect by now. */
async function answers(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '1s' });
    try {
      await connection.withDeadline(Date.now() + 1000, () =>
        connection.workflowService.describeNamespace({ namespace: 'default' }),
      );
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}
