import { boundNpmCache, buildCache, buildSettings } from './build-settings.ts';
import { startEmulator, type Emulator } from './emulator.ts';
import { sandboxEnvironment } from './environment.ts';
import { startPipelines, type Pipelines } from './pipelines.ts';
import { freePort, HOST } from './ports.ts';
import { providePostgres } from './postgres-programs.ts';
import { allStarted } from './processes.ts';
import { emulatorPython } from './tools.ts';

export interface SandboxAwsOptions {
  /** Port of the emulator. */
  readonly port: number;
  /** Keeps resources in `<file>.aws`, and pipelines and builds in `<file>.pipelines`. Absent: they are gone at the end. */
  readonly db?: string | undefined;
}

/** AWS in the sandbox. Clients call the emulator alone, which passes calls of CodePipeline and CodeBuild on to their stand-in. */
export interface SandboxAws {
  readonly emulator: Emulator;
  /** The stand-in. It calls the emulator, so it is to be ended before the emulator: an action that loses the emulator fails. */
  readonly pipelines: Pipelines;
}

/**
 * Starts the AWS emulator, with PostgreSQL for the databases of stacks, and the stand-in of CodePipeline and CodeBuild. When one of them
 * fails, the other is ended.
 */
export async function startAws({ port, db }: SandboxAwsOptions): Promise<SandboxAws> {
  // Before either starts: the stand-in also uses the emulator's Python, and would install it a second time.
  await Promise.all([emulatorPython(), providePostgres(), boundNpmCache()]);
  const pipelinesPort = await freePort();
  const [emulator, pipelines] = await allStarted([
    startEmulator({
      ...{ port, auth: true, databases: true, pipelines: `http://${HOST}:${String(pipelinesPort)}` },
      ...(db === undefined ? {} : { stateDir: `${db}.aws` }),
    }),
    startPipelines({
      port: pipelinesPort,
      ...(db === undefined ? {} : { stateDir: `${db}.pipelines` }),
      cacheDir: buildCache,
      endBuilds: true,
      env: { ...sandboxEnvironment({ emulator: `http://${HOST}:${String(port)}` }), ...buildSettings() },
    }),
  ]);
  return { emulator, pipelines };
}
