import { type KeyObject, sign } from 'node:crypto';
import { publicKeyOf, readKey } from '../../identity/keys.ts';

/** Signs what a worker answers. */
export interface Sealer {
  /** Public Ed25519 key: 32 bytes in base64url. */
  readonly key: string;
  /** @returns the signature: 64 bytes in base64url */
  sign(text: string): Promise<string>;
}

/**
 * A signer with a private key at hand.
 *
 * @param where the key is from, for messages
 * @throws Error with one sentence, which repeats nothing of the key
 */
export function keySealer(pem: string, where: string): Sealer {
  const key = privateKey(pem, where);
  const jwk = publicKeyOf(key);
  if (jwk.kty !== 'OKP') {
    throw new Error(`${where}: answers are signed with Ed25519; "npm run keys -- new --worker" makes such a key`);
  }
  return { key: jwk.x, sign: (text) => Promise.resolve(sign(null, Buffer.from(text), key).toString('base64url')) };
}

function privateKey(pem: string, where: string): KeyObject {
  try {
    return readKey(pem);
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : 'it cannot be read'}`, { cause: error });
  }
}
