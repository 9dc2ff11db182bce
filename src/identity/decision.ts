import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { KeyObject } from 'node:crypto';
import { own } from '../base/json.ts';
import {
  AUDIENCE,
  decisionClaims,
  type DecisionClaims,
  Refusal,
  refusalFor,
  TOKEN_CHARACTERS,
  type Words,
} from './claims.ts';
import { publicKeyOf } from './keys.ts';
import { algorithmOf, type People, type VerifyingKey } from './registry.ts';

/** Clock skew that is accepted, in seconds. */
const TOLERANCE = 30;
/** In seconds. */
const LONGEST_LIFETIME = 24 * 60 * 60;

export const EXPIRED = 'the decision has expired';
const OTHER_AUDIENCE = 'the decision is not addressed to phasegate';

/** @throws Refusal when the value does not have the claims of a decision */
export function readDecision(value: unknown): DecisionClaims {
  const parsed = decisionClaims.safeParse(value);
  if (parsed.success) return parsed.data;
  const key = parsed.error.issues[0]?.path[0];
  if (key === undefined) throw new Refusal('the decision has claims that no decision has, or is none');
  throw new Refusal(key === 'aud' ? OTHER_AUDIENCE : `the claim "${String(key)}" of the decision is missing or wrong`);
}

/**
 * @param now epoch milliseconds; without it, only the order of the two times and the length of the lifetime are checked
 * @throws Refusal when the decision does not count at that time
 */
export function checkTimes({ iat, exp }: DecisionClaims, now: number | undefined): void {
  if (exp <= iat) throw new Refusal('the decision expires before it was made');
  if (exp - iat > LONGEST_LIFETIME) throw new Refusal('the decision counts for longer than 24 hours');
  if (now === undefined) return;
  if (iat > now / 1000 + TOLERANCE) throw new Refusal('the decision says that it was made in the future');
  if (exp <= now / 1000 - TOLERANCE) throw new Refusal(EXPIRED);
}

/** The clock options for jose. */
export function clockOf(now: number | undefined): { currentDate: Date; clockTolerance: number } {
  // Without a time, jose must not refuse a token as expired or not yet valid: a record is verified years later.
  return now === undefined
    ? { currentDate: new Date(0), clockTolerance: Number.MAX_SAFE_INTEGER }
    : { currentDate: new Date(now), clockTolerance: TOLERANCE };
}

/** The `typ` header of a signed decision. It keeps a token that was signed for another purpose from counting as a decision. */
const DECISION_TYPE = 'phasegate-decision+jwt';

/**
 * Signs a decision with a person's private key, Ed25519 or P-256.
 *
 * @returns a compact JWS
 * @throws Error with one sentence when the key or the claims do not allow it
 */
export async function signDecision(claims: DecisionClaims, key: KeyObject): Promise<string> {
  if (key.type !== 'private') throw new Error('A decision is signed with a private key.');
  const jwk = publicKeyOf(key);
  const parsed = decisionClaims.safeParse(claims);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`The decision cannot be signed: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const header = { alg: algorithmOf(jwk), typ: DECISION_TYPE, kid: await calculateJwkThumbprint(jwk) };
  const token = await new SignJWT(parsed.data).setProtectedHeader(header).sign(key);
  if (token.length > TOKEN_CHARACTERS) {
    throw new Error(`The decision is too long: signed, it has more than ${TOKEN_CHARACTERS} characters.`);
  }
  return token;
}

const NEITHER = 'the decision is not signed with EdDSA or ES256';

const words: Words = {
  unreadable: 'the token is no signed decision',
  algorithm: 'the decision is not signed with the algorithm of its key',
  expired: EXPIRED,
  claims: { typ: 'the token was signed as something else than a decision', aud: OTHER_AUDIENCE },
};

/** A key that verifies a token, and its thumbprint. */
export interface FoundKey {
  readonly key: VerifyingKey;
  readonly thumbprint: string;
}

/**
 * Finds the registered key that the token names in its `kid`, among the keys of the person that it names in `sub`.
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
    throw new Refusal('the decision is signed with a key that is not registered');
  }
  throw new Refusal('the decision is signed with the key of a person whom it does not name');
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
 * @param now epoch milliseconds; without it, an expired token is accepted
 * @throws Refusal when the token does not count
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

/** The claims of a token before verification. Use them only to choose the key to verify with. */
export function unverifiedPayload(jws: string): JWTPayload {
  checkLength(jws);
  try {
    return decodeJwt(jws);
  } catch {
    throw new Refusal(words.unreadable);
  }
}
