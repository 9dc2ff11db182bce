import { jobOperations, providers } from './actions/index.ts';
import { codeBuild } from './builds/operations.ts';
import type { ServerOptions } from './server.ts';

/**
 * What executes actions and builds, on the state in one folder.
 *
 * @param cacheDir folder of the caches of builds, where it is not a part of the state
 */
export function parts(stateDir: string, cacheDir?: string): Pick<ServerOptions, 'providers' | 'codeBuild' | 'jobs'> {
  const context = { stateDir, cacheDir };
  return {
    providers: (pipelines) => providers({ ...context, artifactBucket: (name) => pipelines.artifactBucket(name) }),
    codeBuild: codeBuild(context),
    jobs: jobOperations(context),
  };
}
