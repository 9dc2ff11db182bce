import { join } from 'node:path';
import { choosePort, HOST, requireFree } from './ports.ts';
import { startProcess, type RunningProcess } from './processes.ts';
import { emulatorPython } from './tools.ts';

export interface EmulatorOptions {
  /** Default: PHASEGATE_EMULATOR_PORT, else 4566. */
  readonly port?: number;
  /** Seconds that each resource of a stack takes. Default: PHASEGATE_RESOURCE_DELAY, else the launcher's own 0.15. */
  readonly resourceDelay?: number;
  /** Folder that keeps what has been created between starts. Absent: it is gone when the emulator ends. */
  readonly stateDir?: string;
}

export interface Emulator extends RunningProcess {
  /** As AWS_ENDPOINT_URL takes it. */
  readonly url: string;
}

/** Starts the AWS emulator with phasegate's additions to it. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const port = choosePort('emulator', options.port);
  const command = await emulatorPython();
  await requireFree('emulator', port);

  const url = `http://${HOST}:${port}`;
  const running = await startProcess({
    what: 'The AWS emulator',
    log: `emulator-${port}`,
    command,
    args: [join(import.meta.dirname, 'ministack', 'launcher.py')],
    env: {
      GATEWAY_PORT: `${port}`,
      BIND_HOST: HOST,
      ...(options.resourceDelay === undefined ? {} : { PHASEGATE_RESOURCE_DELAY: `${options.resourceDelay}` }),
      ...(options.stateDir === undefined ? {} : { STATE_DIR: options.stateDir }),
    },
    ready: { probe: () => healthy(url) },
  });
  return { ...running, url };
}

async function healthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/_ministack/health`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}
