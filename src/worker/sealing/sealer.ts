import { type KeyObject, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { publicKeyOf, readKey } from '../../identity/keys.ts';
import { isInS3 } from '../../store/store.ts';
import { keyBeside } from './key-file.ts';
import { programSealer } from './program.ts';

/** Signs what a worker answers. */
export interface Sealer {
  /** Public Ed25519 key: 32 bytes in base64url. */
  readonly key: string;
  /** @returns the signature: 64 bytes in base64url */
  sign(text: string): Promise<string>;
}

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

/** @param where for messages */
export function keySealer(pem: string, where: string): Sealer {
  const key = privateKey(pem, where);
  const jwk = publicKeyOf(key);
  if (jwk.kty !== 'OKP')
    throw new Error(`${where}: answers are signed with Ed25519; "npm run keys -- new --worker" makes a key`);
  return { key: jwk.x, sign: (text) => Promise.resolve(sign(null, Buffer.from(text), key).toString('base64url')) };
}

function privateKey(pem: string, where: string): KeyObject {
  try {
    return readKey(pem);
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : 'it cannot be read'}`, { cause: error });
  }
}
