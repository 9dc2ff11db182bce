import type { KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, SignJWT } from 'jose';
import { decisionClaims, TOKEN_CHARACTERS, type DecisionClaims } from './claims.ts';
import { publicKeyOf } from './keys.ts';
import { algorithmOf } from './registry.ts';

/** The `typ` of a signed decision: no token that was signed for something else passes for one. */
export const DECISION_TYPE = 'phasegate-decision+jwt';

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
