import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, jwtVerify, type JWTPayload } from 'jose';
import { own } from '../plan/own.ts';
import { AUDIENCE, TOKEN_CHARACTERS, type DecisionClaims } from './claims.ts';
import { checkTimes, clockOf, EXPIRED, OTHER_AUDIENCE, readDecision } from './decision.ts';
import { Refusal, refusalFor, type Words } from './refusal.ts';
import { algorithmOf, type People, type VerifyingKey } from './registry.ts';
import { DECISION_TYPE } from './sign.ts';

const NEITHER = 'the decision is not signed with EdDSA or ES256';

const words: Words = {
  unreadable: 'the token is no signed decision',
  algorithm: 'the decision is not signed with the algorithm of its key',
  expired: EXPIRED,
  claims: { typ: 'the token was signed as something else than a decision', aud: OTHER_AUDIENCE },
};

/** A key of a person, and its thumbprint. */
export interface FoundKey {
  readonly key: VerifyingKey;
  readonly thumbprint: string;
}

/**
 * The registered key that the token names, if it is one of the person that the token names.
 *
 * @throws Refusal when there is none
 */
export async function keyFor(jws: string, people: People): Promise<FoundKey> {
  const { sub } = unverifiedPayload(jws);
  const { alg, kid } = header(jws);
  if (alg !== 'EdDSA' && alg !== 'ES256') throw new Refusal(NEITHER);
  const person = typeof sub === 'string' ? own(people, sub) : undefined;
  const mine = await find(person === undefined ? [] : [person], kid);
  if (mine !== undefined) return mine;
  if ((await find(Object.values(people), kid)) === undefined) {
    throw new Refusal('the decision is signed with a key that nobody has registered');
  }
  throw new Refusal('the decision is signed with the key of somebody else than it names');
}

async function find(people: readonly People[string][], kid: unknown): Promise<FoundKey | undefined> {
  for (const key of people.flatMap(({ keys }) => keys)) {
    const thumbprint = await calculateJwkThumbprint(key);
    if (thumbprint === kid) return { key, thumbprint };
  }
  return undefined;
}

/**
 * Verifies a signed decision with one key.
 *
 * @param now epoch milliseconds; without it, whether the token has expired is left aside
 * @throws Refusal when it does not hold
 */
export async function verifySigned(jws: string, key: VerifyingKey, now?: number): Promise<DecisionClaims> {
  checkLength(jws);
  if (key.kty === 'RSA') throw new Refusal(NEITHER);
  try {
    const { payload } = await jwtVerify(jws, key, {
      algorithms: [algorithmOf(key)],
      typ: DECISION_TYPE,
      audience: AUDIENCE,
      ...clockOf(now),
    });
    const claims = readDecision(payload);
    checkTimes(claims, now);
    return claims;
  } catch (error) {
    throw refusalFor(error, words);
  }
}

/** @throws Refusal */
export function checkLength(token: string): void {
  if (token.length > TOKEN_CHARACTERS) throw new Refusal(`the token has more than ${TOKEN_CHARACTERS} characters`);
}

function header(jws: string): { readonly alg?: unknown; readonly kid?: unknown } {
  try {
    return decodeProtectedHeader(jws);
  } catch {
    throw new Refusal(words.unreadable);
  }
}

/** What the token says of itself: good for finding out whose key to try, and for nothing else. */
export function unverifiedPayload(jws: string): JWTPayload {
  checkLength(jws);
  try {
    return decodeJwt(jws);
  } catch {
    throw new Refusal(words.unreadable);
  }
}
