import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { z } from 'zod';

/** 32 bytes in base64url. Only the canonical form is accepted, so that a key has one thumbprint. */
const bytes32 = z.string().regex(/^[\w-]{42}[AEIMQUYcgkosw048]$/, '32 bytes in base64url, 43 characters');

const refusePrivate: z.core.$ZodErrorMap = ({ code, keys }) =>
  code === 'unrecognized_keys' && Array.isArray(keys) && keys.includes('d')
    ? 'this is a private key ("d"), and everyone who reads it can sign: make a new key and register its public part only'
    : undefined;

const NO_POINT =
  'this is no public key: its numbers are no point of the curve; copy it again as "npm run keys" printed it';

/** An Ed25519 key, public half. Workers sign with no other kind. */
export const ed25519Key = z
  .strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: bytes32 }, { error: refusePrivate })
  // A point of small order is refused: signatures for it can be made without a private key.
  .refine(({ x }) => isPoint(() => !ed25519.Point.fromBytes(bytes(x)).isSmallOrder()), NO_POINT);

const ec = z
  .strictObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: bytes32, y: bytes32 }, { error: refusePrivate })
  .refine(
    ({ x, y }) => isPoint(() => !p256.Point.fromBytes(Uint8Array.of(4, ...bytes(x), ...bytes(y))).is0()),
    NO_POINT,
  );

/** The public half of a person's key, as a JWK. */
export const publicKey = z.discriminatedUnion('kty', [ed25519Key, ec], {
  error: 'a public key: {kty: OKP, crv: Ed25519, x: …} or {kty: EC, crv: P-256, x: …, y: …}',
});

export type PublicKey = z.output<typeof publicKey>;

const base64url = z.string().regex(/^[\w-]+$/);

/** A key that signs ID tokens: unlike people's keys, it may be RSA. */
export const providerKey = z.discriminatedUnion('kty', [
  ...publicKey.options,
  z.strictObject({ kty: z.literal('RSA'), n: base64url, e: base64url }),
]);

/** The public key that a token was verified with; `kid` is the key's id at the provider. */
export type VerifyingKey = z.output<typeof providerKey> & { kid?: string };

function bytes(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64url');
}

/** False when `isSound` throws, as the libraries do for bytes that are no point on the curve. */
function isPoint(isSound: () => boolean): boolean {
  try {
    return isSound();
  } catch {
    return false;
  }
}

/** The means by which one person proves their identity. */
export const registeredPerson = z.strictObject({
  /** Keys that this person signs with. */
  keys: z.array(publicKey).max(20).default([]),
  /** Value of the provider's claim for this person. */
  subject: z.string().min(1).max(500).optional(),
});

export type RegisteredPerson = z.output<typeof registeredPerson>;

/** People by their id. */
export type People = { readonly [id: string]: RegisteredPerson };

/** True when the connection proves the server's identity: https, or a loopback address. */
export function isTrustworthyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || isLoopback(text);
}

/** True for plain http on this machine, which is allowed for trials. */
export function isLoopback(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(hostname);
}

const url = z.string().max(500).refine(isTrustworthyUrl, 'an https URL (http only for 127.0.0.1 and localhost)');

/** The OpenID provider whose ID tokens count. */
export const oidc = z.strictObject({
  /** Exactly as in the `iss` claim of its tokens. */
  issuer: url,
  /** The client id, the `aud` claim of its tokens. */
  audience: z.string().min(1).max(500),
  /** URL of its key set. Default: the URL in its discovery document. */
  jwks: url.optional(),
  /** The claim that is a person's `subject`. */
  claim: z.string().min(1).max(200).default('sub'),
});

export type Oidc = z.output<typeof oidc>;

/** The only algorithm that a signature of this key may have. It is never taken from the token. */
export function algorithmOf({ kty }: VerifyingKey): 'EdDSA' | 'ES256' | 'RS256' {
  switch (kty) {
    case 'OKP':
      return 'EdDSA';
    case 'EC':
      return 'ES256';
    case 'RSA':
      return 'RS256';
  }
}
