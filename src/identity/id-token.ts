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
  const { oidc } = bound;
  const check = (payload: JWTPayload) => checkDecision(payload, bound);
  if (typeof key === 'function') {
    const { verified, header } = await verifyWith(idToken, key, { oidc, required: ['exp', 'nonce'], check, now });
    return described(verified, header.kid);
  }
  checkLength(idToken);
  try {
    const { payload } = await jwtVerify(idToken, key, optionsFor(oidc, ['exp', 'nonce'], now));
    check(payload);
    return { key, thumbprint: await calculateJwkThumbprint(key) };
  } catch (error) {
    throw refusalFor(error, words);
  }
}

/**
 * Verifies an ID token that tells who is signed in, and vouches for no decision.
 *
 * @param now epoch milliseconds
 * @returns the person's subject at the provider
 * @throws Refusal when the token does not count
 * @throws ProviderUnavailable when the provider's keys cannot be fetched
 */
export async function signedInSubject(
  idToken: string,
  key: JWTVerifyGetKey<CryptoKey>,
  oidc: Bound['oidc'],
  now: number,
): Promise<string> {
  const check = (payload: JWTPayload) => checkPerson(payload, oidc);
  const { payload } = await verifyWith(idToken, key, { oidc, required: ['exp'], check, now });
  const subject = own(payload, oidc.claim);
  if (typeof subject !== 'string' || subject === '') throw new Refusal('the ID token names no person');
  return subject;
}

interface Demands {
  readonly oidc: Bound['oidc'];
  /** Claims that have to be there. */
  readonly required: string[];
  /** @throws Refusal */
  readonly check: (payload: JWTPayload) => void;
  readonly now: number | undefined;
}

/** Verifies with a key that is fetched, but for a token that cannot count in any case. */
async function verifyWith(idToken: string, key: JWTVerifyGetKey<CryptoKey>, demands: Demands) {
  const { oidc, required, check, now } = demands;
  checkLength(idToken);
  try {
    checkUnverified(idToken, demands);
    const found = await jwtVerify<JWTPayload, CryptoKey>(idToken, key, optionsFor(oidc, required, now));
    check(found.payload);
    return { payload: found.payload, verified: found.key, header: found.protectedHeader };
  } catch (error) {
    if (error instanceof ProviderUnavailable) throw error;
    throw refusalFor(error, words);
  }
}

function optionsFor({ issuer, audience }: Bound['oidc'], requiredClaims: string[], now: number | undefined) {
  return { algorithms: [...ALGORITHMS], issuer, audience, requiredClaims, ...clockOf(now) };
}

/**
 * Refuses a token that cannot count even with a valid signature, before the provider is asked for its keys. Such a token costs no request
 * and no waiting. The claims are not verified yet.
 */
function checkUnverified(idToken: string, { oidc, check, now }: Demands): void {
  const { alg } = decodeProtectedHeader(idToken);
  if (alg === undefined || !ALGORITHMS.includes(alg)) throw new Refusal(words.algorithm);
  const payload = decodeJwt(idToken);
  const { iss, aud, exp } = payload;
  const { issuer, audience } = oidc;
  if (iss !== issuer) throw new Refusal(words.claims.iss);
  if (aud !== audience && !(Array.isArray(aud) && aud.includes(audience))) throw new Refusal(OTHER_APPLICATION);
  if (exp === undefined) throw new Refusal(words.claims.exp);
  const { currentDate, clockTolerance } = clockOf(now);
  if (exp <= currentDate.getTime() / 1000 - clockTolerance) throw new Refusal(words.expired);
  check(payload);
}

function checkDecision(payload: JWTPayload, { oidc, claims, subject }: Bound): void {
  checkApplication(payload, oidc);
  if (payload['nonce'] !== decisionNonce(claims)) throw new Refusal(OTHER_DECISION);
  if (own(payload, oidc.claim) !== subject) {
    throw new Refusal('the ID token is for a person whom the decision does not name');
  }
  checkEmail(payload, oidc);
}

function checkPerson(payload: JWTPayload, oidc: Bound['oidc']): void {
  checkApplication(payload, oidc);
  checkEmail(payload, oidc);
}

/** A token for several applications counts only when it was issued to this one. */
function checkApplication({ aud, azp }: JWTPayload, { audience }: Bound['oidc']): void {
  if (Array.isArray(aud) && aud.length > 1 && azp !== audience) throw new Refusal(OTHER_APPLICATION);
}

/** Many providers let a user enter any e-mail address, so it must be verified. Some providers send the flag as the text "true". */
function checkEmail({ email_verified: verified }: JWTPayload, { claim }: Bound['oidc']): void {
  if (claim === 'email' && String(verified) !== 'true') {
    throw new Refusal('the provider has not verified the e-mail address in the ID token');
  }
}

async function described(key: CryptoKey, kid: unknown): Promise<FoundKey> {
  // Not jose's exportJWK, which refuses a public key whose JWK says `ext: false`.
  const jwk = providerKey.parse(KeyObject.from(key).export({ format: 'jwk' }));
  const thumbprint = await calculateJwkThumbprint(jwk);
  return { key: typeof kid === 'string' ? { ...jwk, kid } : jwk, thumbprint };
}
