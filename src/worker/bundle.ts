import type { BundleOptions } from '@temporalio/worker';
import { join } from 'node:path';

/**
 * How the workflows in a folder of sources, compiled or not, are bundled.
 *
 * Their modules are instantiated once in a worker, not once in every workflow: that would take 3 ms of each one's first task, and
 * 0.15 MB. So no module may hold state of its own; a lint rule sees to that.
 */
export function bundleOptions(
  sources: string,
  extension: '.ts' | '.js',
): Pick<BundleOptions, 'workflowsPath' | 'workflowInterceptorModules' | 'payloadConverterPath' | 'preloadModules'> {
  const workflowsPath = join(sources, 'workflows', `index${extension}`);
  return {
    workflowsPath,
    workflowInterceptorModules: [join(sources, 'workflows', `interceptors${extension}`)],
    payloadConverterPath: join(sources, `payload-converter${extension}`),
    preloadModules: [workflowsPath],
  };
}
