import { execFile } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { publicKey, type PublicKey } from './registry.ts';

export interface NewKey {
  /** The private key, PKCS #8. */
  readonly pem: string;
  readonly jwk: PublicKey;
}

/** Makes a key pair to sign decisions with. With a passphrase, the PEM of the private key is encrypted. */
export function newKey(alg: 'EdDSA' | 'ES256', passphrase?: string): NewKey {
  if (passphrase === '') throw new Error('The passphrase is empty.');
  const encryption = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  // The keys are exported as text at once. When a new KeyObject is exported later, Node 20 can deadlock: garbage collection of the job
  // that made the key, and the export, wait for the same lock.
  const encodings = {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', ...encryption },
  } as const;
  const { privateKey: pem, publicKey } =
    alg === 'EdDSA'
      ? generateKeyPairSync('ed25519', encodings)
      : generateKeyPairSync('ec', { namedCurve: 'P-256', ...encodings });
  return { pem, jwk: publicKeyOf(createPublicKey(publicKey)) };
}

/** @throws Error with one sentence, which repeats nothing of the key */
export function readKey(pem: string, passphrase?: string): KeyObject {
  const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);
  if (!encrypted && !/-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/.test(pem)) {
    throw new Error('This is no private key in PEM form.');
  }
  if (encrypted && (passphrase === undefined || passphrase === '')) {
    throw new Error('The private key is encrypted, and there is no passphrase.');
  }
  const key = parse(pem, encrypted ? passphrase : undefined);
  publicKeyOf(key);
  return key;
}

function parse(pem: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    // The error of OpenSSL is of no use: with a wrong passphrase it depends on random bytes.
    const reason = passphrase === undefined ? 'it is damaged' : 'the passphrase is wrong, or it is damaged';
    throw new Error(`The private key cannot be read: ${reason}.`);
  }
}

/** @throws Error when the key is neither Ed25519 nor P-256 */
export function publicKeyOf(key: KeyObject): PublicKey {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type !== 'ed25519' && !(type === 'ec' && details?.namedCurve === 'prime256v1')) {
    throw new Error('Keys of this type do not sign decisions: it must be an Ed25519 or a P-256 key.');
  }
  const half = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.parse(half.export({ format: 'jwk' }));
}

const TIME_LIMIT = 60_000;

/**
 * Reads a key from the output of a program, such as the command line of a password manager.
 *
 * @param argv program and arguments; they are run without a shell
 * @throws Error that repeats nothing of the output
 */
export async function keyFromCommand(argv: readonly string[], passphrase?: string): Promise<KeyObject> {
  const [program, ...args] = argv;
  if (program === undefined) throw new Error('There is no program to read the key from.');
  return readKey(await outputOf(program, args), passphrase);
}

async function outputOf(program: string, args: readonly string[]): Promise<string> {
  try {
    const running = promisify(execFile)(program, args, {
      timeout: TIME_LIMIT,
      killSignal: 'SIGKILL',
      maxBuffer: 64 * 1024,
    });
    running.child.stdin?.end();
    return (await running).stdout;
  } catch (error) {
    throw unusable(program, error);
  }
}

/** Makes an error without a `cause`, because Node's own error contains the output of the program. */
function unusable(program: string, error: unknown): Error {
  return new Error(`The key cannot be read from ${program}: ${ending(error)}.`);
}

function ending(error: unknown): string {
  if (!(error instanceof Error)) return 'it failed';
  const { code, killed, signal } = error as Error & { code?: unknown; killed?: boolean; signal?: string | null };
  if (code === 'ENOENT') return 'there is no such program';
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return 'it prints more than a key';
  if (killed === true) return `it did not end within ${TIME_LIMIT / 1000} s`;
  if (typeof code === 'number') return `it ended with exit code ${code}`;
  return typeof signal === 'string' ? `it was ended by ${signal}` : `it cannot be run (${String(code)})`;
}
