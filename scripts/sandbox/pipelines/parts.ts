import { jobOperations, providers } from './actions/index.ts';
import { codeBuild } from './builds/operations.ts';
import type { ServerOptions } from './server.ts';

/** What executes actions and builds, on the state in one folder. */
export function parts(stateDir: string): Pick<ServerOptions, 'providers' | 'codeBuild' | 'jobs'> {
  return {
    providers: (pipelines) => providers({ stateDir, artifactBucket: (name) => pipelines.artifactBucket(name) }),
    codeBuild: codeBuild({ stateDir }),
    jobs: jobOperations({ stateDir }),
  };
}
