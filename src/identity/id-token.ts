import { KeyObject } from 'node:crypto';
import {
  calculateJwkThumbprint,
  decodeJwt,
  decodeProtectedHeader,
  jwtVerify,
  type CryptoKey,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import { own } from '../base/json.ts';
import { type DecisionClaims, decisionNonce, Refusal, refusalFor, type Words } from './claims.ts';
import { checkLength, clockOf, type FoundKey } from './decision.ts';
import { ProviderUnavailable } from './provider.ts';
import { providerKey, type Oidc, type VerifyingKey } from './registry.ts';

const ALGORITHMS: readonly string[] = ['RS256', 'ES256', 'EdDSA'];
const OTHER_APPLICATION = 'the ID token is for another application';
const OTHER_DECISION = 'the ID token was not asked for this decision';

const words = {
  unreadable: "the ID token cannot be verified with its provider's keys",
  algorithm: 'the ID token is not signed with RS256, ES256 or EdDSA',
  expired: 'the ID token has expired',
  claims: {
    iss: 'the ID token is of another provider',
    aud: OTHER_APPLICATION,
    exp: 'the ID token does not say when it expires',
    nbf: 'the ID token does not count yet',
    nonce: OTHER_DECISION,
  },
} as const satisfies Words;

/** The values that an ID token must have to vouch for a person's decision. */
export interface Bound {
  readonly oidc: Pick<Oidc, 'issuer' | 'audience' | 'claim'>;
  readonly claims: DecisionClaims;
  /** The person's subject at the provider. */
  readonly subject: string;
}

/**
 * Verifies that the provider has vouched for this person and this decision.
 *
 * @param key the provider's key, or a function that fetches it
 * @param now epoch milliseconds; without it, an expired token is accepted
 * @throws Refusal when the token does not count
 * @throws ProviderUnavailable when the provider's keys cannot be fetched
 */
export async function verifyIdToken(
  idToken: string,
  key: VerifyingKey | JWTVerifyGetKey<CryptoKey>,
  bound: Bound,
  now?: number,
): Promise<FoundKey> {
  checkLength(idToken);
  try {
    const options = {
      algorithms: [...ALGORITHMS],
      issuer: bound.oidc.issuer,
      audience: bound.oidc.audience,
      requiredClaims: ['exp', 'nonce'],
      ...clockOf(now),
    };
    if (typeof key !== 'function') {
      const { payload } = await jwtVerify(idToken, key, options);
      checkPayload(payload, bound);
      return { key, thumbprint: await calculateJwkThumbprint(key) };
    }
    checkUnverified(idToken, bound, now);
    const verified = await jwtVerify<JWTPayload, CryptoKey>(idToken, key, options);
    checkPayload(verified.payload, bound);
    return await described(verified.key, verified.protectedHeader.kid);
  } catch (error) {
    if (error instanceof ProviderUnavailable) throw error;
    throw refusalFor(error, words);
  }
}

/**
 * Refuses a token that cannot count even with a valid signature, before the provider is asked for its keys. Such a token costs no request
 * and no waiting. The claims are not verified yet.
 */
function checkUnverified(idToken: string, bound: Bound, now: number | undefined): void {
  const { alg } = decodeProtectedHeader(idToken);
  if (alg === undefined || !ALGORITHMS.includes(alg)) throw new Refusal(words.algorithm);
  const { iss, aud, exp, ...rest } = decodeJwt(idToken);
  const { issuer, audience } = bound.oidc;
  if (iss !== issuer) throw new Refusal(words.claims.iss);
  if (aud !== audience && !(Array.isArray(aud) && aud.includes(audience))) throw new Refusal(OTHER_APPLICATION);
  if (exp === undefined) throw new Refusal(words.claims.exp);
  const { currentDate, clockTolerance } = clockOf(now);
  if (exp <= currentDate.getTime() / 1000 - clockTolerance) throw new Refusal(words.expired);
  checkPayload({ ...rest, aud }, bound);
}

function checkPayload(payload: JWTPayload, { oidc, claims, subject }: Bound): void {
  const { aud, azp, nonce, email_verified: verified } = payload;
  // A token for several applications counts only when it was issued to this one.
  if (Array.isArray(aud) && aud.length > 1 && azp !== oidc.audience) throw new Refusal(OTHER_APPLICATION);
  if (nonce !== decisionNonce(claims)) throw new Refusal(OTHER_DECISION);
  if (own(payload, oidc.claim) !== subject) {
    throw new Refusal('the ID token is for a person whom the decision does not name');
  }
  // Many providers let a user enter any e-mail address, so it must be verified. Some providers send the flag as the text "true".
  if (oidc.claim === 'email' && String(verified) !== 'true') {
    throw new Refusal('the provider has not verified the e-mail address in the ID token');
  }
}

async function described(key: CryptoKey, kid: unknown): Promise<FoundKey> {
  // Not jose's exportJWK, which refuses a public key whose JWK says `ext: false`.
  const jwk = providerKey.parse(KeyObject.from(key).export({ format: 'jwk' }));
  const thumbprint = await calculateJwkThumbprint(jwk);
  return { key: typeof kid === 'string' ? { ...jwk, kid } : jwk, thumbprint };
}
