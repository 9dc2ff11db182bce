import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { publicKeyOf, readKey } from '../../src/identity/keys.ts';
import { absolute, UserError } from '../command-line.ts';
import { passphraseFrom } from './passphrase.ts';
import { playbookLine } from './playbook-line.ts';

/** The options of `npm run keys -- show`, as commander reads them. */
export interface ShowOptions {
  readonly name?: string;
  readonly passphraseEnv?: string;
}

/** The line for the playbook of an existing private key. */
export async function showKey(file: string, { name, passphraseEnv }: ShowOptions): Promise<string> {
  const pem = await readFile(absolute(file), 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new UserError(`${file} ${code === 'ENOENT' ? 'does not exist' : `cannot be read (${String(code)})`}.`);
  });
  const passphrase = passphraseFrom(passphraseEnv);
  try {
    return playbookLine(name ?? basename(file, '.pem'), publicKeyOf(readKey(pem, passphrase)));
  } catch (error) {
    throw new UserError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
