import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleOptions, replayBundleOptions } from '../src/worker/settings.ts';

/**
 * Bundles the compiled workflows, so that a worker needs no bundler at start: dist/workflow-bundle.js for workers, and
 * dist/replay-bundle.js for the verification of records.
 */
const dist = join(import.meta.dirname, '..', 'dist');
const logger = new DefaultLogger('WARN');
await mkdir(dist, { recursive: true });
for (const [file, options] of [
  ['workflow-bundle.js', bundleOptions(dist, '.js')],
  ['replay-bundle.js', replayBundleOptions(dist, '.js')],
] as const) {
  const { code } = await bundleWorkflowCode({ ...options, logger });
  await writeFile(join(dist, file), code);
}
