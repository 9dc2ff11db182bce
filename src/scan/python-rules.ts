import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256 } from '../plan/digest.ts';

/**
 * Names the rules of a scanner that is a Python package: by the hashes that its installer has recorded for each of its files,
 * else by its version, which for a published package says the same.
 */
export async function pythonRules(program: string, distribution: string, version: string): Promise<string> {
  const lib = join(dirname(program), '..', 'lib');
  const pythons = await readdir(lib).catch(() => []);
  for (const python of pythons.filter((entry) => entry.startsWith('python'))) {
    const record = join(lib, python, 'site-packages', `${distribution}-${version}.dist-info`, 'RECORD');
    const text = await readFile(record, 'utf8').catch(() => undefined);
    if (text !== undefined) return sha256(packageFiles(text).join('\n'));
  }
  return sha256(`${distribution} ${version}`);
}

/** Programs stand outside of the package, and hold the path of their own folder. */
function packageFiles(record: string): string[] {
  return record.split('\n').filter((line) => line.includes(',sha256=') && !line.startsWith('..'));
}
