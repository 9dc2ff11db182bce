import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { PermanentError } from '../../base/errors.ts';
import { readCaseSet } from './case-set.ts';
import { named } from './named.ts';

/** Digest of a set of cases: SHA-256 of the sorted keys, each with a line feed. */
export function caseSetDigest(keys: Iterable<string>): string {
  const hash = createHash('sha256');
  for (const key of [...keys].sort()) hash.update(`${key}\n`);
  return hash.digest('hex');
}

/** The case set of a suite, as the file is now. */
export async function caseSetOf(path: string | undefined, phaseDir: string): Promise<ReadonlySet<string> | undefined> {
  if (path === undefined) return undefined;
  const root = await realpath(phaseDir);
  const file = await realpath(join(root, path)).catch(() => undefined);
  const way = file === undefined ? '..' : relative(root, file);
  if (file === undefined || way.startsWith('..') || isAbsolute(way)) {
    throw new PermanentError(`the case set ${path} is missing in the phase folder`);
  }
  const read = readCaseSet(await readFile(file, 'utf8'));
  if ('cases' in read) return new Set(read.cases);
  const why = read.twice.length === 0 ? 'names no case' : `names a case twice: ${named(read.twice)}`;
  throw new PermanentError(`the case set ${path} ${why}`);
}
