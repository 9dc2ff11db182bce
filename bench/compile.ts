import { bundleWorkflowCode, DefaultLogger, type BundleOptions } from '@temporalio/worker';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleOptions } from '../src/worker/settings.ts';
import { sides, type Side } from './sides.ts';

const root = join(import.meta.dirname, '..');
const compiled = join(root, '.phasegate', 'bench');

/** The worker program of both sides. */
export const workerProgram = join(compiled, 'bench', 'worker.js');

/** The program that measures suites. */
export const suitesProgram = join(compiled, 'bench', 'suites-process.js');

/** Path of one side's workflow bundle. A released worker loads a bundle too. */
export function bundleOf(side: Side): string {
  return join(compiled, `${side}-bundle.js`);
}

const entry: { readonly [side in Side]: BundleOptions } = {
  phasegate: bundleOptions(join(compiled, 'src'), '.js'),
  baseline: { workflowsPath: join(compiled, 'bench', 'baseline', 'workflows.js') },
};

/**
 * Compiles and bundles the workers of both sides, as for a release. A TypeScript loader or a bundler in the worker's process would take
 * memory, and the source maps of a loader would slow down every promise.
 */
export async function compileWorkers(): Promise<void> {
  await compileSources();
  const logger = new DefaultLogger('WARN');
  for (const side of sides) {
    const { code } = await bundleWorkflowCode({ ...entry[side], logger });
    await writeFile(bundleOf(side), code);
  }
}

/** Compiles the programs that run in processes of their own. */
export async function compileSources(): Promise<void> {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await promisify(execFile)(process.execPath, [tsc, '-p', join(root, 'tsconfig.bench.json')]).catch(
    (error: unknown) => {
      const { stdout } = error as { stdout?: string };
      throw new Error(`the programs do not compile; "npm run typecheck" shows the same:\n${stdout ?? String(error)}`);
    },
  );
}
