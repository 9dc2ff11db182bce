import { join } from 'node:path';
import { say, stopped } from '../command-line.ts';
import { startAws } from '../sandbox/aws.ts';
import { sandboxEnvironment } from '../sandbox/environment.ts';
import { root } from '../sandbox/paths.ts';
import { usablePorts } from '../sandbox/ports.ts';
import { endInTurn, type RunningProcess } from '../sandbox/processes.ts';
import { contractTester, scanners } from '../sandbox/tools.ts';
import { startTemporal } from '../sandbox/temporal.ts';
import { workerCredentials } from '../sandbox/worker-role.ts';
import { PHASE } from './options.ts';
import { ReplaceableWorker } from './replaceable-worker.ts';

export interface DemoServers {
  readonly address: string;
  readonly uiUrl: string;
  readonly emulatorUrl: string;
  readonly recordsDir: string;
  readonly running: readonly Pick<RunningProcess, 'ended' | 'logFile'>[];
  /** Ends the worker with SIGKILL, and starts another one. */
  readonly killWorker: () => Promise<void>;
  /** Ends the worker first, so that it drains while its servers are still there. */
  stop(): Promise<void>;
}

export interface DemoPorts {
  readonly temporalPort?: string;
  readonly uiPort?: string;
  readonly emulatorPort?: string;
}

/**
 * Starts Temporal, AWS and the worker; when one fails, ends the others.
 *
 * @throws Stopped when a signal asks this process to end meanwhile
 */
export async function startStack(given: DemoPorts, phasesDir: string): Promise<DemoServers> {
  const ports = await usablePorts({
    temporal: given.temporalPort,
    ui: given.uiPort,
    emulator: given.emulatorPort,
  });
  const running: Pick<RunningProcess, 'ended' | 'logFile' | 'stop'>[] = [];
  const recordsDir = join(root, '.phasegate', 'records');
  const stop = () => endInTurn(running);
  // Gates scan templates and a suite tests the contract, and there may have been no set-up. It takes longest, so it goes on beside the rest.
  const toolsInstalled = Promise.all([scanners(), contractTester()]);
  toolsInstalled.catch(() => undefined);
  try {
    say('starting Temporal, the AWS emulator and the worker …');
    const temporal = await startTemporal({ port: ports.temporal, uiPort: ports.ui });
    running.push(temporal);
    const { emulator, pipelines } = await startAws({ port: ports.emulator });
    running.push(emulator, pipelines);
    const worker = await ReplaceableWorker.start({
      env: {
        ...sandboxEnvironment({ temporal: temporal.address, emulator: emulator.url }),
        ...(await workerCredentials(emulator.url, join(phasesDir, PHASE, 'worker-role.yaml'))),
        PHASEGATE_PHASES: phasesDir,
        PHASEGATE_RECORDS: recordsDir,
        PHASEGATE_WEB_UI: temporal.uiUrl,
      },
    });
    running.push(worker);
    await toolsInstalled;
    stopped.throwIfAborted();
    const { address, uiUrl } = temporal;
    return {
      ...{ address, uiUrl, emulatorUrl: emulator.url, recordsDir, running, stop },
      killWorker: () => worker.replace(),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
