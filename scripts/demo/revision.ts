import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** SHA-256 of the application's sources in a phase folder, as the delivery computes it. */
export async function revisionOf(phaseDir: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(phaseDir, 'suites', 'deliver.mjs'),
    '--revision',
  ]);
  return stdout.trim();
}
