import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleOptions } from '../src/worker/settings.ts';

/** Bundles the compiled workflows into dist/workflow-bundle.js, so that a worker needs no bundler at start. */
const dist = join(import.meta.dirname, '..', 'dist');
const { code } = await bundleWorkflowCode({
  ...bundleOptions(dist, '.js'),
  logger: new DefaultLogger('WARN'),
});
await mkdir(dist, { recursive: true });
await writeFile(join(dist, 'workflow-bundle.js'), code);
