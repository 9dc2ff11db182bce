import { calculateJwkThumbprint } from 'jose';
import { digestOf } from '../base/digest.ts';
import type { Listed } from '../gates/events.ts';
import { keyFor } from '../identity/decision.ts';
import type { VerifyingKey } from '../identity/registry.ts';
import { type DecisionToken, type Reverified, verifyIdTokenWithKey, verifyWithKey } from '../identity/verify.ts';
import type { People } from '../plan/model.ts';
import { type Anchors, anchorFault, thumbprintsOf } from './anchors.ts';
import type { RecordedProof, VerifiedMessage } from './produced.ts';

/** A key with which a person's decisions were verified. */
export interface UsedKey {
  readonly by: string;
  /** RFC 7638. */
  readonly thumbprint: string;
  /** `oidc`: a key of the provider's. */
  readonly method: 'key' | 'oidc';
}

/** Where the history says of a signature what does not hold. */
export interface SignatureFault {
  readonly event: number;
  readonly reason: string;
}

/** What was found of the signed messages of one run. */
export interface Signatures {
  readonly keys: readonly UsedKey[];
  /** Signatures that were verified again. */
  readonly held: number;
  /** Messages that were refused although a key that the record lists for the person has signed them: the key was not listed then. */
  readonly refused: number;
}

/** What the signatures of a phase are verified against. */
export interface Circumstances {
  readonly workflowId: string;
  readonly firstRun: string;
  /** When each message came first, by the digest of its body. */
  readonly arrivals: ReadonlyMap<string, number>;
  /** As the plan and the rounds list them. */
  readonly people: readonly People[];
  readonly anchors: Anchors;
}

/**
 * Verifies every signature again, from the message as it was sent, with the key that verified it then and for the time at which it
 * came. Round, nonce, subject and criterion are what the workflow has made of the signed claims, so that replay compares them. That
 * the key is the person's says the playbook as it was recorded then, and the one given, if one is.
 */
export async function verifySignatures(
  messages: readonly VerifiedMessage[],
  circumstances: Circumstances,
): Promise<SignatureFault | Signatures> {
  const used = new Map<string, UsedKey>();
  let held = 0;
  let refused = 0;
  for (const message of messages) {
    const { event, proof } = message;
    const found =
      proof?.ok === true ? await usedBy(message, proof, circumstances) : await refusalOf(message, circumstances);
    if (typeof found === 'string') return { event, reason: found };
    if (found === UNLISTED) refused += 1;
    else if (found !== undefined) {
      used.set(JSON.stringify(found), found);
      held += 1;
    }
  }
  return { keys: [...used.values()], held, refused };
}

/** @returns why the signature does not bear out what the workflow was told */
async function usedBy(
  { request: { token }, time }: VerifiedMessage,
  { claims, by, key, listed, thumbprint }: RecordedProof & { readonly ok: true },
  circumstances: Circumstances,
): Promise<UsedKey | string> {
  if (key === undefined || listed === undefined) return 'no history says which key has verified this signature';
  if ((await calculateJwkThumbprint(key)) !== thumbprint) return 'the key in the history is not the one that it names';
  const method = isJws(token) ? 'key' : 'oidc';
  if (method === 'key' && !(await thumbprintsOf(listed.keys ?? [])).includes(thumbprint)) {
    return `the key was not listed for ${by}`;
  }
  const again = await reverified(token, { key, listed }, timesOf(token, time, circumstances));
  if (!again.ok) return `the signature does not hold: ${again.reason}`;
  if (by !== claims.sub || digestOf(again.claims) !== digestOf(claims)) {
    return 'what is signed is not what the history says of it';
  }
  const { phase, run } = claims;
  if (phase !== circumstances.workflowId) return `what is signed is about another phase (${phase})`;
  if (run !== circumstances.firstRun) return `what is signed is about another run of this phase (${run})`;
  return (await anchorFault(by, { key, listed }, method, circumstances.anchors)) ?? { by, thumbprint, method };
}

/** In time is what has come in time, and what was verified in time: a client's clock may be fast. */
function timesOf(token: unknown, verified: number, { arrivals }: Circumstances): number[] {
  return [arrivals.get(digestOf(token)) ?? verified, verified];
}

async function reverified(
  token: unknown,
  { key, listed: { subject, oidc } }: { readonly key: VerifyingKey; readonly listed: Listed },
  times: readonly number[],
): Promise<Reverified> {
  let again: Reverified = { ok: false, reason: 'nothing lists the person with the provider' };
  for (const time of times) {
    if (isJws(token)) again = await verifyWithKey(token.jws, key, time);
    else if (oidc !== undefined && subject !== undefined) {
      again = await verifyIdTokenWithKey(token as IdToken, key, { oidc, subject }, time);
    }
    if (again.ok) return again;
  }
  return again;
}

type IdToken = Exclude<DecisionToken, { readonly jws: string }>;

function isJws(token: unknown): token is { readonly jws: string } {
  return typeof (token as { readonly jws?: unknown }).jws === 'string';
}

/** The key was not listed when the message came, and is at another time. */
const UNLISTED = Symbol('unlisted');

/** Reasons for which a signature may have been refused that holds with a key listed earlier or later. */
const NOT_THEN = /^the decision is signed with (a key that is not registered|the key of a person)/;

/**
 * Looks at a message that was refused: one whose signature holds must have been refused because the key was not listed when it came,
 * or could not be looked up.
 *
 * @returns `UNLISTED` where that is what the history says, why it cannot be where it says something else, or nothing
 */
async function refusalOf(
  { request: { token }, time, proof }: VerifiedMessage,
  circumstances: Circumstances,
): Promise<typeof UNLISTED | undefined | string> {
  if (!isJws(token)) return undefined;
  const { workflowId, firstRun, people } = circumstances;
  for (const listing of people) {
    const known = Object.fromEntries(Object.entries(listing).map(([id, { keys = [] }]) => [id, { keys: [...keys] }]));
    const found = await keyFor(token.jws, known).catch(() => undefined);
    if (found === undefined) continue;
    const times = timesOf(token, time, circumstances);
    // A reset adds a message once more, and it may have expired by then.
    const all = await Promise.all(times.map((at) => reverified(token, { key: found.key, listed: {} }, [at])));
    const isMeant = all.every((one) => one.ok && one.claims.phase === workflowId && one.claims.run === firstRun);
    if (!isMeant) continue;
    if (proof?.ok !== false || NOT_THEN.test(proof.reason)) return UNLISTED;
    return `the signature holds, and was refused: ${proof.reason}`;
  }
  return undefined;
}
