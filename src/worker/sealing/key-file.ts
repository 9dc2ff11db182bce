import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
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

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
