import { resolve } from 'node:path';
import { Builds } from './builds.ts';
import { Caches } from './caches.ts';
import { Projects } from './projects.ts';

/** Where a stand-in keeps its state. */
export interface StandInContext {
  readonly stateDir: string;
  /** Folder of the caches of builds, which outlive the state. Default: a part of the state. */
  readonly cacheDir?: string | undefined;
  /** Name of the bucket of a pipeline's artifact store. Actions that hand an artifact to AWS need it. */
  readonly artifactBucket?: (pipeline: string) => string | undefined;
}

/** CodeBuild's state. */
export interface CodeBuildState {
  readonly builds: Builds;
  readonly projects: Projects;
}

const opened = new Map<string, CodeBuildState>();

/** The state in a folder. CodeBuild's operations and the pipeline's actions share it: two queues would run a build twice. */
export function openState({ stateDir, cacheDir }: StandInContext): CodeBuildState {
  const folder = resolve(stateDir);
  const known = opened.get(folder);
  if (known !== undefined) return known;
  const caches = cacheDir === undefined ? undefined : new Caches(resolve(cacheDir));
  const state = { builds: new Builds(folder, undefined, caches), projects: new Projects(folder) };
  opened.set(folder, state);
  return state;
}

/** Region of requests that do not name one. */
export function regionOf(env: NodeJS.ProcessEnv = process.env): string {
  return env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'eu-west-1';
}
