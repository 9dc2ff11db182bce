import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { quoteAll } from '../../../../src/base/text.ts';
import type { BuildspecCache } from './buildspec.ts';
import { matcher } from './globs.ts';
import { filesBelow } from './zips.ts';

/** A cache that the stand-in cannot act on. The build goes on without it, and its log says why. */
export class NoCache extends Error {}

/** The cache of a build. */
export interface PlannedCache {
  readonly key: string;
  /** Folders below the source. */
  readonly folders: readonly string[];
  readonly action: BuildspecCache['action'];
}

/**
 * Works out the key of a cache, and which folders it holds.
 *
 * @param source folder with the files of the build
 * @throws NoCache when the stand-in cannot act on it
 */
export async function planCache({ key, paths, action }: BuildspecCache, source: string): Promise<PlannedCache> {
  return { key: await keyOf(key, source), folders: paths.map((path) => folderOf(path, source)), action };
}

async function keyOf(key: string, source: string): Promise<string> {
  let read = key;
  for (const [call, patterns = ''] of key.matchAll(/\$\(codebuild-hash-files ([^)]*)\)/g)) {
    const hash = await hashOf(patterns.trim().split(/\s+/), source);
    read = read.replace(call, hash);
  }
  if (read.includes('$')) throw new NoCache(`its key "${key}" holds more than $(codebuild-hash-files PATTERN ...)`);
  return read;
}

async function hashOf(patterns: readonly string[], source: string): Promise<string> {
  const matches = patterns.map((pattern) => matcher(pattern.replace(/^(['"])(.*)\1$/, '$2')));
  const files = (await filesBelow(source)).filter((path) => matches.some((one) => one(path))).sort();
  // The hash of nothing would give builds with different dependencies the same cache.
  if (files.length === 0) throw new NoCache(`its key is the hash of ${quoteAll(patterns)}, and no file matches`);
  const hash = createHash('sha256');
  for (const path of files) {
    const content = await readFile(join(source, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** The folder that a path names, with or without wildcards for everything in it. */
function folderOf(path: string, source: string): string {
  const folder = path.replace(/(\/\*\*)?(\/\*)?\/*$/, '').replace(/^(\.\/)+/, '');
  const target = resolve(source, folder);
  if (/[*?]/.test(folder) || !target.startsWith(resolve(source) + sep)) {
    throw new NoCache(`its path "${path}" is not a folder of the source`);
  }
  return folder;
}
