import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleForReplay } from '../src/worker/replay-bundle.ts';
import { bundleOptions, tracedBundleOptions } from '../src/worker/settings.ts';

/**
 * Bundles the compiled workflows, so that a worker needs no bundler at start: dist/workflow-bundle.js for workers,
 * dist/traced-bundle.js for workers that send traces, and dist/replay-bundle.js for the verification of records.
 */
const dist = join(import.meta.dirname, '..', 'dist');
const logger = new DefaultLogger('WARN');
await mkdir(dist, { recursive: true });
const { code } = await bundleWorkflowCode({ ...bundleOptions(dist, '.js'), logger });
await writeFile(join(dist, 'workflow-bundle.js'), code);
const traced = await bundleWorkflowCode({ ...tracedBundleOptions(dist, '.js'), logger });
await writeFile(join(dist, 'traced-bundle.js'), traced.code);
await writeFile(join(dist, 'replay-bundle.js'), (await bundleForReplay(logger, dist, '.js')).code);
