import { appendFile } from 'node:fs/promises';
import type { BuildspecCache } from './buildspec.ts';
import { planCache, type PlannedCache } from './cache-plan.ts';
import type { Caches } from './caches.ts';
import type { BuildOrder } from './record.ts';

/** The files of a build that a cache is about. */
interface CachedBuild {
  readonly source: string;
  readonly log: string;
}

/**
 * Restores the cache that a buildspec asks for, and tells the build's log. A cache never makes a build fail.
 *
 * @returns the cache that the build is to save when it has succeeded
 */
export async function restoreCache(
  caches: Caches,
  wanted: BuildspecCache | undefined,
  { shown }: BuildOrder,
  { source, log }: CachedBuild,
): Promise<PlannedCache | undefined> {
  if (wanted === undefined) return undefined;
  if ((shown.cache?.type ?? 'NO_CACHE') === 'NO_CACHE') {
    await tell(log, 'The project has no cache');
    return undefined;
  }
  try {
    const cache = await planCache(wanted, source);
    if (cache.action === 'save') return cache;
    const isThere = await caches.restore(cache, source);
    await tell(log, `${isThere ? 'Restored the cache' : 'There is no cache'} ${cache.key}`);
    return cache.action === 'restore' || isThere ? undefined : cache;
  } catch (error) {
    await tell(log, `The cache is left out: ${(error as Error).message}`);
    return undefined;
  }
}

/** Saves the cache of a build that has succeeded. Its files are not needed any more. */
export async function saveCache(
  caches: Caches,
  cache: PlannedCache | undefined,
  { source, log }: CachedBuild,
): Promise<void> {
  if (cache === undefined) return;
  try {
    if (await caches.save(cache, source)) await tell(log, `Saved the cache ${cache.key}`);
  } catch (error) {
    await tell(log, `The cache is not saved: ${(error as Error).message}`);
  }
}

async function tell(log: string, line: string): Promise<void> {
  await appendFile(log, `[Container] ${line}\n`);
}
