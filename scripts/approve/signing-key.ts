import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { keyFromCommand, readKey } from '../../src/identity/keys.ts';
import { absolute, UserError } from '../command-line.ts';
import type { Options } from './options.ts';

/** The key that the options name; `undefined` when they name none and the decision goes unsigned. */
export async function signingKey({ key, keyCommand, passphraseEnv }: Options): Promise<KeyObject | undefined> {
  if (key !== undefined && keyCommand !== undefined) throw new UserError('Choose one of --key and --key-command.');
  const passphrase = passphraseEnv === undefined ? undefined : process.env[passphraseEnv];
  try {
    if (keyCommand !== undefined) return await keyFromCommand(keyCommand, passphrase);
    if (key === undefined) return undefined;
    return readKey(await readFile(absolute(key), 'utf8'), passphrase);
  } catch (error) {
    throw new UserError(`The key cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}
