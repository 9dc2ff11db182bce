import canonicalize from 'canonicalize';
import { errors } from 'jose';
import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';

/** The `aud` claim of every decision. */
export const AUDIENCE = 'phasegate';

/** Longest token that is accepted: tokens travel in messages and stay in the ledger. */
export const TOKEN_CHARACTERS = 16_000;

const name = z.string().min(1).max(200);
const text = z.string().max(2000);
const place = z.string().max(500);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const seconds = z.int().min(0);

/** The claims that a person signs: one decision about one round of one gate, and the digest of what it was made about. */
export const decisionClaims = z.strictObject({
  aud: z.literal(AUDIENCE),
  /** Id of the person, as in the playbook. */
  sub: name,
  /** Workflow id of the phase. */
  phase: name,
  /** Id of the first run of the phase. A phase that is started again under the same workflow id has another one. */
  run: name,
  gate: name,
  round: z.int().min(0),
  /** Nonce of the round, as the phase shows it. */
  nonce: name,
  /** Digest of the gate's criteria, policy and evidence. */
  subject: hash,
  /** Name of the message. The gates know which there are. */
  verdict: name,
  criterion: z.union([name, z.int()]).optional(),
  reason: text.optional(),
  rework: z.array(name).max(200).optional(),
  note: text.optional(),
  evidence: z.union([place, z.strictObject({ where: place, sha256: hash.optional() })]).optional(),
  iat: seconds,
  exp: seconds,
  jti: name,
});

export type DecisionClaims = z.output<typeof decisionClaims>;

/** Seconds for which a new decision counts: it has to be signed and sent in that time. */
const LIFETIME = 600;

/**
 * Completes what a person decides to the claims of a decision.
 *
 * @param said the decision, and the round, nonce and subject of the gate as the person has seen it
 * @param now epoch milliseconds
 */
export function newDecision(said: Omit<DecisionClaims, 'aud' | 'iat' | 'exp' | 'jti'>, now: number): DecisionClaims {
  const iat = Math.floor(now / 1000);
  return { ...said, aud: AUDIENCE, iat, exp: iat + LIFETIME, jti: randomUUID() };
}

/** The `nonce` to request an ID token with. It binds the token to this decision. */
export function decisionNonce(claims: DecisionClaims): string {
  return createHash('sha256')
    .update(canonicalize(claims) ?? '')
    .digest('base64url');
}

/** The token does not count. The message is the reason in one sentence, and repeats nothing of the token. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** Reasons of a refusal that differ between signed decisions and ID tokens. */
export interface Words {
  readonly unreadable: string;
  readonly algorithm: string;
  readonly expired: string;
  /** Reasons by the name of the claim that does not hold. */
  readonly claims: { readonly [claim: string]: string };
}

/** Translates an error of `jwtVerify` to a refusal. */
export function refusalFor(error: unknown, words: Words): Refusal {
  if (error instanceof Refusal) return error;
  return new Refusal(sentence(error, words));
}

function sentence(error: unknown, words: Words): string {
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature does not match what it says';
  if (error instanceof errors.JOSEAlgNotAllowed) return words.algorithm;
  if (error instanceof errors.JWTExpired) return words.expired;
  if (error instanceof errors.JWTClaimValidationFailed) return words.claims[error.claim] ?? words.unreadable;
  return words.unreadable;
}
