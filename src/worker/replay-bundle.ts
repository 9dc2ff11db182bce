import { bundleWorkflowCode, type Logger } from '@temporalio/worker';
import { join } from 'node:path';
import { bundleOptions } from './settings.ts';

/**
 * Bundles the workflows for the verification of records: when they are replayed, they also tell what they produce.
 *
 * @param where as for `bundleOptions`
 */
export async function bundleForReplay(
  logger: Logger,
  ...where: Parameters<typeof bundleOptions>
): Promise<{ readonly code: string }> {
  const [sources, extension] = where;
  const { workflowInterceptorModules = [], ...options } = bundleOptions(...where);
  const telling = join(sources, 'workflows', 'replay', `interceptors${extension}`);
  const bundle = { ...options, logger, workflowInterceptorModules: [...workflowInterceptorModules, telling] };
  return { code: withoutSources((await bundleWorkflowCode(bundle)).code) };
}

/**
 * The SDK reads the source map for each promise of a workflow, and for each worker once: for stack traces, which nobody sees here. It
 * insists on having one.
 */
function withoutSources(code: string): string {
  const map = { version: 3, file: 'replay-bundle.js', sources: [], names: [], mappings: '' };
  const [script = ''] = code.split('//# sourceMappingURL=data:', 1);
  return `${script}//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}\n`;
}
