import { readFile } from 'node:fs/promises';
import { isInS3 } from '../../store/store.ts';
import { keyBeside } from './key-file.ts';
import { programSealer } from './program.ts';
import { keySealer, type Sealer } from './sealer.ts';

/** Where the key of a worker is. */
export type WorkerKey =
  /** A private key in PEM form. */
  | { readonly file: string }
  /** A program that signs. */
  | { readonly program: string };

/**
 * The signer of a worker: the configured one, or else the key that the workers of a records directory share, which the first of them makes.
 *
 * @param records a directory, or `s3://bucket/prefix`, where no key is kept
 * @returns `undefined` where there is no key: then answers are not signed
 * @throws Error with one sentence, which repeats nothing of a private key
 */
export async function openSealer(records: string, configured: WorkerKey | undefined): Promise<Sealer | undefined> {
  if (configured !== undefined && 'program' in configured) return programSealer(configured.program);
  if (configured !== undefined) return keySealer(await keyIn(configured.file), configured.file);
  return isInS3(records) ? undefined : keySealer(...(await keyBeside(records)));
}

async function keyIn(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read';
    throw new Error(`PHASEGATE_WORKER_KEY: ${file} cannot be read (${code})`, { cause: error });
  }
}
