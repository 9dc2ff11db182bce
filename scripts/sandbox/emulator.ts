import { chmod, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosePort, HOST, requireFree } from './ports.ts';
import { providePostgres } from './postgres-programs.ts';
import { startProcess, type RunningProcess } from './processes.ts';
import { emulatorPython } from './tools.ts';

export interface EmulatorOptions {
  /** Default: PHASEGATE_EMULATOR_PORT, else 4566. */
  readonly port?: number;
  /** Seconds that each resource of a stack takes. Default: PHASEGATE_RESOURCE_DELAY, else the launcher's own 0.15. */
  readonly resourceDelay?: number;
  /** Folder that keeps what has been created between starts. Absent: it is gone when the emulator ends. */
  readonly stateDir?: string;
  /** Enforces IAM: signatures, policies, and the roles of Lambda functions. The access key `test` stays root. Default: off. */
  readonly auth?: boolean;
  /** Runs a PostgreSQL server for every PostgreSQL instance that a stack creates. Default: the instance is a record. */
  readonly databases?: boolean;
  /** Address of the stand-in for CodePipeline and CodeBuild. Without it, both services and their resource types refuse. */
  readonly pipelines?: string;
}

export interface Emulator extends RunningProcess {
  /** As AWS_ENDPOINT_URL takes it. */
  readonly url: string;
  /** Certificate of the authority that signs for the databases; there as soon as there is a database. */
  readonly databasesCaFile: string;
}

/** Starts the AWS emulator with phasegate's additions to it. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const port = choosePort('emulator', options.port);
  const command = await emulatorPython();
  const postgres = options.databases === true ? await providePostgres() : '';
  await requireFree('emulator', port);

  const url = `http://${HOST}:${port}`;
  const temporary = await temporaryFolder();
  const stateDir = options.stateDir ?? join(temporary, 'state');
  const running = await startProcess({
    what: 'The AWS emulator',
    log: `emulator-${port}`,
    command,
    args: [join(import.meta.dirname, 'ministack', 'launcher.py')],
    temporary,
    env: {
      GATEWAY_PORT: `${port}`,
      BIND_HOST: HOST,
      // Its Lambda functions get it, and not that of another emulator at which this process's own clients may point.
      AWS_ENDPOINT_URL: url,
      ...(options.resourceDelay === undefined ? {} : { PHASEGATE_RESOURCE_DELAY: `${options.resourceDelay}` }),
      // Signing keys lie there as well, so no two emulators share it.
      STATE_DIR: stateDir,
      PERSIST_STATE: options.stateDir === undefined ? '0' : '1',
      // The code of Lambda functions is unpacked there, and the emulator leaves it.
      TMPDIR: join(temporary, 'tmp'),
      AUTH: `${options.auth === true}`,
      PHASEGATE_POSTGRES: postgres,
      ...(options.pipelines === undefined
        ? {}
        : { AWS_ENDPOINT_URL_CODEPIPELINE: options.pipelines, AWS_ENDPOINT_URL_CODEBUILD: options.pipelines }),
    },
    ready: { probe: () => healthy(url) },
  });
  return { ...running, url, databasesCaFile: join(stateDir, 'databases', 'ca.pem') };
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'phasegate-emulator-'));
  // The databases' user, who is not root, has to pass through; only root's own files are private to root.
  await chmod(folder, 0o711);
  await mkdir(join(folder, 'tmp'), { mode: 0o700 });
  return folder;
}

async function healthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/_ministack/health`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}
