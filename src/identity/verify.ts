import { z } from 'zod';
import { own } from '../base/json.ts';
import { type DecisionClaims, Refusal } from './claims.ts';
import { checkTimes, keyFor, readDecision, unverifiedPayload, verifySigned } from './decision.ts';
import { verifyIdToken, type Bound } from './id-token.ts';
import { providerKeys, ProviderUnavailable } from './provider.ts';
import type { Oidc, People, VerifyingKey } from './registry.ts';

/** A decision with its proof: a signature of the person, or an ID token of the provider whose nonce is derived from the decision. */
export type DecisionToken =
  | { readonly jws: string }
  | {
      readonly idToken: string;
      /** Claims of the decision. */
      readonly decision: unknown;
    };

/** The circumstances under which a decision is verified. */
export interface Expected {
  readonly people: People;
  readonly oidc?: Oidc;
  /** Workflow id. */
  readonly phase: string;
  /** Id of the phase's first run. */
  readonly run: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

export interface Verified {
  readonly ok: true;
  readonly claims: DecisionClaims;
  /** The person's id. */
  readonly by: string;
  readonly method: 'key' | 'oidc';
  /** The key to verify the token with again later. */
  readonly key: VerifyingKey;
  /** Thumbprint of the key by RFC 7638. */
  readonly thumbprint: string;
}

export interface Refused {
  readonly ok: false;
  /** One sentence that repeats nothing of the token. */
  readonly reason: string;
  /** The person and the gate that the token claims; neither is verified. */
  readonly by?: string;
  readonly gate?: string;
}

const signed = z.strictObject({ jws: z.string() });
const vouched = z.strictObject({ idToken: z.string(), decision: z.unknown() });

/**
 * Verifies that a decision comes from the person whom it names, is for this run of this phase, and counts now. The caller checks
 * that it has not been used before (`jti`) and that it fits the round.
 *
 * @throws ProviderUnavailable when the provider's keys cannot be fetched; the call is worth a retry. A bad token throws nothing.
 */
export async function verifyDecision(token: DecisionToken, expected: Expected): Promise<Verified | Refused> {
  try {
    const proof = read(z.union([signed, vouched]), token);
    return 'jws' in proof ? await bySignature(proof.jws, expected) : await byProvider(proof, expected);
  } catch (error) {
    return { ...refused(error), ...claimed(token) };
  }
}

async function bySignature(jws: string, expected: Expected): Promise<Verified> {
  const { people, now } = expected;
  const { key, thumbprint } = await keyFor(jws, people);
  const claims = await verifySigned(jws, key, now);
  checkPhase(claims, expected);
  return { ok: true, claims, by: claims.sub, method: 'key', key, thumbprint };
}

/** @throws Refusal when the decision is for another phase, or another run of it */
function checkPhase({ phase, run }: DecisionClaims, expected: Expected): void {
  if (phase !== expected.phase) throw new Refusal('the decision is for another phase');
  if (run !== expected.run) throw new Refusal('the decision is for another run of this phase');
}

/** Asks the provider last: it may be slow, and a decision that cannot count need not wait for it. */
async function byProvider(proof: z.output<typeof vouched>, expected: Expected): Promise<Verified> {
  const { people, oidc, now } = expected;
  if (oidc === undefined) throw new Refusal('the playbook names no provider whose ID tokens count');
  const claims = readDecision(proof.decision);
  checkPhase(claims, expected);
  checkTimes(claims, now);
  const subject = own(people, claims.sub)?.subject;
  if (subject === undefined) throw new Refusal('the person that the decision names has no subject at the provider');
  const found = await verifyIdToken(proof.idToken, providerKeys(oidc), { oidc, claims, subject }, now);
  return { ok: true, claims, by: claims.sub, method: 'oidc', ...found };
}

/** The claims of a recorded token, or the reason why the token does not count. */
export type Reverified = { readonly ok: true; readonly claims: DecisionClaims } | Omit<Refused, 'by' | 'gate'>;

/**
 * Verifies a signed decision again, with the key that it was verified with.
 *
 * @param now epoch milliseconds at which the token must count; without it, an expired token is accepted
 */
export async function verifyWithKey(jws: string, key: VerifyingKey, now?: number): Promise<Reverified> {
  try {
    const proof = read(signed, { jws });
    return { ok: true, claims: await verifySigned(proof.jws, key, now) };
  } catch (error) {
    return refused(error);
  }
}

/**
 * Verifies an ID token and its decision again, with the provider's key that verified it the first time.
 *
 * @param now as for `verifyWithKey`
 */
export async function verifyIdTokenWithKey(
  token: { readonly idToken: string; readonly decision: unknown },
  key: VerifyingKey,
  bound: Pick<Bound, 'oidc' | 'subject'>,
  now?: number,
): Promise<Reverified> {
  try {
    const proof = read(vouched, token);
    const claims = readDecision(proof.decision);
    checkTimes(claims, now);
    await verifyIdToken(proof.idToken, key, { ...bound, claims }, now);
    return { ok: true, claims };
  } catch (error) {
    return refused(error);
  }
}

function read<T>(shape: z.ZodType<T>, token: unknown): T {
  const parsed = shape.safeParse(token);
  if (!parsed.success) throw new Refusal('the token is neither a signed decision nor an ID token with its decision');
  return parsed.data;
}

/** @throws ProviderUnavailable as it is, because it is no refusal */
function refused(error: unknown): Omit<Refused, 'by' | 'gate'> {
  if (error instanceof ProviderUnavailable) throw error;
  return { ok: false, reason: error instanceof Refusal ? error.message : 'the token cannot be read' };
}

const LONGEST_NAME = 200;

function claimed(token: DecisionToken): Pick<Refused, 'by' | 'gate'> {
  try {
    const said = 'jws' in token ? unverifiedPayload(token.jws) : (token.decision as { sub?: unknown; gate?: unknown });
    return { ...named('by', said.sub), ...named('gate', said.gate) };
  } catch {
    return {};
  }
}

function named<Key extends 'by' | 'gate'>(key: Key, value: unknown): { [name in Key]?: string } {
  return typeof value === 'string' ? ({ [key]: value.slice(0, LONGEST_NAME) } as { [name in Key]?: string }) : {};
}
