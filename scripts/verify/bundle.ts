import { DefaultLogger, Runtime, type WorkflowBundleOption } from '@temporalio/worker';
import { join } from 'node:path';
import { root } from '../sandbox/paths.ts';

/** The workflows' code, as `npm run build` bundles it for verification. Call it once in a process. */
export function replayBundle(): WorkflowBundleOption {
  // What does not hold is told in a sentence; the SDK would tell it as well, as a fault of the code.
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
  });
  return { codePath: join(root, 'dist', 'replay-bundle.js') };
}
