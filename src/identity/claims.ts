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
  verdict: z.enum(['approve', 'reject', 'waive', 'withdraw', 'resubmit', 'recheck', 'override']),
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
