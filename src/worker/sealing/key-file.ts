import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { link, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newKey } from '../../identity/keys.ts';

/** Name of the file beside the records. */
export const KEY_FILE = 'worker.key';

/**
 * The key of a records directory. The first worker makes it, and all others read it: also of two that start at once, one makes it.
 *
 * @returns the private key as PEM, and its file
 */
export async function keyBeside(directory: string): Promise<readonly [pem: string, file: string]> {
  const file = join(directory, KEY_FILE);
  try {
    return [(await read(file)) ?? (await made(directory, file)), file];
  } catch (error) {
    if (error instanceof UnfitFile) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Error(
      `${file}: the key that signs the answers of this worker can be neither read nor made (${code}). Make the directory writable, or set PHASEGATE_WORKER_KEY`,
      { cause: error },
    );
  }
}

/** It appears whole under its name, so nobody reads half of it. */
async function made(directory: string, file: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const { pem } = newKey('EdDSA');
  const draft = `${file}.${randomUUID()}.tmp`;
  await writeFile(draft, pem, { flag: 'wx', mode: 0o600 });
  try {
    await link(draft, file);
    return pem;
  } catch (error) {
    const theirs = codeOf(error) === 'EEXIST' ? await read(file) : undefined;
    if (theirs !== undefined) return theirs;
    if (codeOf(error) === 'EEXIST') throw error;
    // This file system has no links.
    await writeFile(file, pem, { flag: 'wx', mode: 0o600 });
    return pem;
  } finally {
    await rm(draft, { force: true });
  }
}

/** What stands there is no key that this worker may use; the message says why, and how to mend it. */
class UnfitFile extends Error {}

/** It neither follows a link nor waits for a writer, and looks at the very file that it reads. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

async function read(file: string): Promise<string | undefined> {
  try {
    const handle = await open(file, FLAGS);
    try {
      const fault = unfit(await handle.stat());
      if (fault !== undefined) throw new UnfitFile(`${file}: ${fault}`);
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) === 'ELOOP') throw new UnfitFile(`${file}: it is a symbolic link; ${REPLACE}`, { cause: error });
    // A socket cannot be opened.
    if (codeOf(error) === 'ENXIO') throw new UnfitFile(`${file}: it is no regular file; ${REPLACE}`, { cause: error });
    throw error;
  }
}

const REPLACE = 'put the key itself there, or set PHASEGATE_WORKER_KEY to its file';

function unfit(stats: Stats): string | undefined {
  if (!stats.isFile()) return `it is no regular file; ${REPLACE}`;
  if (stats.size === 0) return 'it is empty; put back the copy of the key, or delete the file if no phase runs';
  const mode = stats.mode & 0o777;
  if ((mode & 0o077) === 0) return undefined;
  return (
    `others than its user may use it (mode ${mode.toString(8).padStart(4, '0')}), and it signs the answers of workers; ` +
    'if nobody else has read it, "chmod 600" mends that, or else delete it, and start the phases that run anew'
  );
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
