import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { startProcess, type RunningProcess } from './processes.ts';
import { root } from './paths.ts';

export interface PipelinesOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Folder that keeps pipelines, executions and builds between starts. Absent: they are gone when the stand-in ends. */
  readonly stateDir?: string;
  /** Folder of the caches of builds. Absent: they are a part of the state. */
  readonly cacheDir?: string;
  /** Milliseconds that a minute of a definition takes (time-outs, `WaitTime` of a rule). Default 60,000. */
  readonly minute?: number;
  /** Ends the builds that run when the stand-in is stopped. Default: they go on, and the next start on the folder adopts them. */
  readonly endBuilds?: boolean;
  /** Added to this process's own environment. `AWS_ENDPOINT_URL` is where the actions find the other services. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Pipelines extends RunningProcess {
  /** As AWS_ENDPOINT_URL_CODEPIPELINE and AWS_ENDPOINT_URL_CODEBUILD take it. */
  readonly url: string;
}

/** Starts the stand-in of CodePipeline and CodeBuild. */
export async function startPipelines(options: PipelinesOptions = {}): Promise<Pipelines> {
  const { cacheDir, minute, env, endBuilds = false } = options;
  const port = options.port ?? (await freePort());
  const temporary = options.stateDir === undefined ? await mkdtemp(join(tmpdir(), 'phasegate-pipelines-')) : undefined;
  let url = '';
  const running = await startProcess({
    what: 'The stand-in of CodePipeline',
    log: `pipelines-${port}`,
    command: process.execPath,
    args: [
      // From its bundle: from the sources its start takes more than twice as long.
      ...[join(root, 'scripts', 'bootstrap.mjs'), 'pipelines'],
      ...['--port', `${port}`, '--state', options.stateDir ?? temporary ?? ''],
      ...(cacheDir === undefined ? [] : ['--cache', cacheDir]),
      ...(minute === undefined ? [] : ['--minute-ms', `${minute}`]),
      ...(endBuilds ? ['--end-builds'] : []),
    ],
    ...(env ? { env } : {}),
    ...(temporary === undefined ? {} : { temporary }),
    ready: {
      line: (line) => {
        if (!line.startsWith('ready ')) return false;
        url = line.slice('ready '.length);
        return true;
      },
    },
    // A build may take five seconds to end.
    stopWithin: 20_000,
  });
  return { ...running, url };
}
