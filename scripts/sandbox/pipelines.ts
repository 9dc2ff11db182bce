import { join } from 'node:path';
import { freePort } from './ports.ts';
import { startProcess, type RunningProcess } from './processes.ts';
import { root } from './paths.ts';

export interface PipelinesOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Folder that keeps pipelines, executions and builds between starts. */
  readonly stateDir: string;
  /** Milliseconds that a minute of a definition takes (time-outs, `WaitTime` of a rule). Default 60,000. */
  readonly minute?: number;
  /** Added to this process's own environment. `AWS_ENDPOINT_URL` is where the actions find the other services. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Pipelines extends RunningProcess {
  /** As AWS_ENDPOINT_URL_CODEPIPELINE and AWS_ENDPOINT_URL_CODEBUILD take it. */
  readonly url: string;
}

/** Starts the stand-in of CodePipeline and CodeBuild. */
export async function startPipelines({ stateDir, minute, env, ...options }: PipelinesOptions): Promise<Pipelines> {
  const port = options.port ?? (await freePort());
  let url = '';
  const running = await startProcess({
    what: 'The stand-in of CodePipeline',
    log: `pipelines-${port}`,
    command: process.execPath,
    args: [
      ...['--import', 'tsx', '--enable-source-maps', join(root, 'scripts', 'sandbox', 'pipelines', 'main.ts')],
      ...['--port', `${port}`, '--state', stateDir],
      ...(minute === undefined ? [] : ['--minute-ms', `${minute}`]),
    ],
    ...(env ? { env } : {}),
    ready: {
      line: (line) => {
        if (!line.startsWith('ready ')) return false;
        url = line.slice('ready '.length);
        return true;
      },
    },
  });
  return { ...running, url };
}
