import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { digestOf } from '../../../../src/base/digest.ts';
import { NoCache, type PlannedCache } from './cache-plan.ts';
import { exists, inventoryOf, readJson, writeJson } from './files.ts';
import { ZIP_BYTES } from './zips.ts';

const run = promisify(execFile);

/** Caches that are kept; the one that was not used for the longest time is deleted. */
const KEPT = 3;
/** Age at which a draft belongs to a process that was killed, in milliseconds. */
const DRAFT_MS = 60 * 60_000;

/**
 * The caches of builds, a folder each. As on AWS, a cache with a key is never changed: the first build that succeeds with a new key fills
 * it, and all projects share it.
 *
 * Builds get hard links to its files, as 12,000 files of node_modules take up to 15 s to be written on a busy disk. A command that changes
 * such a file in place would change it for later builds. The inventory tells, and the cache is deleted then.
 */
export class Caches {
  readonly #folder: string;
  readonly #kept: number;

  constructor(folder: string, kept = KEPT) {
    this.#folder = folder;
    this.#kept = kept;
  }

  /**
   * Links the folders of a cache into a source, except for those that the source has itself.
   *
   * @returns false when there is no cache with this key
   * @throws NoCache when a build has changed it
   */
  async restore(cache: PlannedCache, source: string): Promise<boolean> {
    const entry = this.#entryOf(cache);
    if (!(await exists(entry))) return false;
    for (const [index, folder] of cache.folders.entries()) {
      const [from, to] = [join(entry, `${index}`), join(source, folder)];
      const isSaved = await exists(`${from}.json`);
      if (!isSaved || (await exists(to))) continue;
      const { digest } = (await exists(from)) ? await inventoryOf(from) : {};
      // An inventory that cannot be read does not fit either.
      if (digest === undefined || digest !== (await readJson<string>(`${from}.json`).catch(() => undefined))) {
        await rm(entry, { recursive: true, force: true });
        throw new NoCache(`somebody has changed files of ${folder} in it`);
      }
      await mkdir(dirname(to), { recursive: true });
      // Renamed into place when complete: another sandbox may delete the cache meanwhile.
      const draft = `${to}.${randomUUID()}`;
      try {
        await link(from, draft);
        await rename(draft, to);
      } finally {
        await rm(draft, { recursive: true, force: true });
      }
    }
    const now = new Date();
    await utimes(entry, now, now);
    return true;
  }

  /**
   * Moves the folders of a cache out of a source that is not needed any more.
   *
   * @returns false when there is a cache with this key already, or nothing to keep
   */
  async save(cache: PlannedCache, source: string): Promise<boolean> {
    const entry = this.#entryOf(cache);
    if (await exists(entry)) return false;
    const draft = join(this.#folder, `.draft-${randomUUID()}`);
    try {
      for (const [index, folder] of cache.folders.entries()) {
        const from = join(source, folder);
        if (!(await exists(from))) continue;
        const to = join(draft, `${index}`);
        await mkdir(draft, { recursive: true });
        await move(from, to);
        const { bytes, digest } = await inventoryOf(to);
        if (bytes > ZIP_BYTES) throw new NoCache(`${folder} has more than 1 GiB`);
        await writeJson(`${to}.json`, digest);
      }
      if (!(await exists(draft))) return false;
      await rename(draft, entry);
      return true;
    } catch (error) {
      // Another build has saved it at the same time.
      if (await exists(entry)) return false;
      throw error;
    } finally {
      await rm(draft, { recursive: true, force: true });
      await this.#prune();
    }
  }

  #entryOf({ key, folders }: PlannedCache): string {
    return join(this.#folder, digestOf({ key, folders }).slice(0, 32));
  }

  async #prune(): Promise<void> {
    if (!(await exists(this.#folder))) return;
    const found = await Promise.all((await readdir(this.#folder)).map((name) => this.#usedAt(name)));
    const unused = found
      .filter(({ name }) => !name.startsWith('.'))
      .sort((a, b) => b.at - a.at)
      .slice(this.#kept);
    const left = found.filter(({ name, at }) => name.startsWith('.') && Date.now() - at > DRAFT_MS);
    for (const { name } of [...unused, ...left]) await rm(join(this.#folder, name), { recursive: true, force: true });
  }

  async #usedAt(name: string): Promise<{ readonly name: string; readonly at: number }> {
    const { mtimeMs: at } = await stat(join(this.#folder, name)).catch(() => ({ mtimeMs: 0 }));
    return { name, at };
  }
}

async function move(from: string, to: string): Promise<void> {
  await rename(from, to).catch(async (error: unknown) => {
    // The cache is on another file system.
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await copy(from, to);
  });
}

async function link(from: string, to: string): Promise<void> {
  try {
    await run('cp', ['-RlpP', from, to]);
  } catch {
    // Another file system, or a cp without this option.
    await rm(to, { recursive: true, force: true });
    await copy(from, to);
  }
}

async function copy(from: string, to: string): Promise<void> {
  await run('cp', ['-RpP', from, to]);
}
