import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { newKey } from '../../src/identity/keys.ts';
import { absolute, UserError } from '../command-line.ts';
import { passphraseFrom } from './passphrase.ts';
import { playbookLine, workersLine } from './playbook-line.ts';

/** The options of `npm run keys -- new`, as commander reads them. */
export interface NewKeyOptions {
  readonly es256?: boolean;
  readonly worker?: boolean;
  readonly out?: string;
  readonly passphraseEnv?: string;
}

/**
 * Makes a key and writes its private half where only this user can read it.
 *
 * @returns the file, and the line for the playbook
 */
export async function makeKey(
  name: string | undefined,
  options: NewKeyOptions,
): Promise<{ file: string; line: string }> {
  if (name === undefined) throw new UserError('Whose key is it? Give a name, or --worker.');
  const file = options.out ?? join('keys', `${fileName(name)}.pem`);
  const { pem, jwk } = newKey(options.es256 === true ? 'ES256' : 'EdDSA', passphraseFrom(options.passphraseEnv));
  await writeOnce(file, pem);
  return { file, line: playbookLine(name, jwk) };
}

function fileName(name: string): string {
  if (/^[^\p{C}/\\.][^\p{C}/\\]{0,199}$/u.test(name)) return name;
  throw new UserError(
    `${JSON.stringify(name.slice(0, 100))} cannot be the name of a person, as it cannot be one of a file.`,
  );
}

/**
 * The same for workers, which read the file without a passphrase.
 *
 * @param name of the file; `worker` unless stated
 */
export async function makeWorkerKey(
  name = 'worker',
  { es256, passphraseEnv, out }: NewKeyOptions,
): Promise<{ file: string; line: string }> {
  if (es256 === true) throw new UserError('Workers sign with Ed25519: leave --es256 out.');
  if (passphraseEnv !== undefined) throw new UserError('Workers ask for no passphrase: leave --passphrase-env out.');
  const file = out ?? join('keys', `${fileName(name)}.pem`);
  const { pem, jwk } = newKey('EdDSA');
  await writeOnce(file, pem);
  return { file, line: workersLine(jwk) };
}

async function writeOnce(file: string, pem: string): Promise<void> {
  try {
    await mkdir(dirname(absolute(file)), { recursive: true, mode: 0o700 });
    await writeFile(absolute(file), pem, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    if (code === 'EEXIST') throw new UserError(`${file} exists already; a key that is overwritten is lost for good.`);
    throw new UserError(`${file} cannot be written (${String(code)}).`);
  }
}
