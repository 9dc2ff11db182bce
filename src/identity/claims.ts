import canonicalize from 'canonicalize';
import { errors } from 'jose';
import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Who a decision is addressed to: the `aud` of every one. */
export const AUDIENCE = 'phasegate';

/** Tokens travel in messages and stay in the ledger; none is longer. */
export const TOKEN_CHARACTERS = 16_000;

const name = z.string().min(1).max(200);
const text = z.string().max(2000);
const place = z.string().max(500);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const seconds = z.int().min(0);

/** What a person signs: one decision about one round of one gate, and what they saw of it. */
export const decisionClaims = z.strictObject({
  aud: z.literal(AUDIENCE),
  /** Id of the person, as in the playbook. */
  sub: name,
  /** Workflow id of the phase. */
  phase: name,
  /** Id of its first execution: a phase started again under the same id is another one. */
  run: name,
  gate: name,
  round: z.int().min(0),
  /** Of the round, as the phase shows it. */
  nonce: name,
  /** Digest of what was decided about. */
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

/** The `nonce` to ask an ID token for, so that it counts for this decision and no other. */
export function decisionNonce(claims: DecisionClaims): string {
  return createHash('sha256')
    .update(canonicalize(claims) ?? '')
    .digest('base64url');
}

/** Why a token does not count. Its message is one sentence that repeats nothing of the token. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** What is said of a token where the reason depends on its sort. */
export interface Words {
  readonly unreadable: string;
  readonly algorithm: string;
  readonly expired: string;
  /** By the claim that fails. */
  readonly claims: { readonly [claim: string]: string };
}

/** The refusal that an error of `jwtVerify` stands for. */
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
