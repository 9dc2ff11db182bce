import { calculateJwkThumbprint } from 'jose';
import { digestOf } from '../base/digest.ts';
import { own } from '../base/json.ts';
import type { Listed } from '../gates/events.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import type { DecisionClaims } from '../identity/claims.ts';
import type { VerifyingKey } from '../identity/registry.ts';
import { type Reverified, verifyIdTokenWithKey, verifyWithKey } from '../identity/verify.ts';
import type { Playbook } from '../plan/playbook/schema.ts';
import type { RecordedProof, Recording } from './recording.ts';

/** Where an entry says "signed" and the signature, or the key, does not bear it out. */
export interface SignatureFault {
  readonly entry: number;
  readonly reason: string;
}

/** A key with which a person's decisions were verified. */
export interface UsedKey {
  readonly by: string;
  /** RFC 7638. */
  readonly thumbprint: string;
  /** `oidc`: a key of the provider's. */
  readonly method: 'key' | 'oidc';
}

/**
 * Verifies every signature of the ledger again, with the key that verified it then and for the time at which it came, and compares
 * what is signed with the entry, the round, the run and the phase. That the key is the person's says the playbook as it was
 * recorded then, and the one given, if one is.
 */
export async function verifySignatures(
  entries: readonly LedgerEntry[],
  recording: Recording,
  anchors: Anchors,
): Promise<SignatureFault | readonly UsedKey[]> {
  const used = new Map<string, UsedKey>();
  for (const entry of entries.filter(({ trust, what }) => trust === 'signed' && what !== 'pre-approval')) {
    const found = await usedBy(entry, recording, anchors);
    if (typeof found === 'string') return { entry: entry.number, reason: found };
    used.set(JSON.stringify(found), found);
  }
  return [...used.values()];
}

async function usedBy(entry: LedgerEntry, recording: Recording, anchors: Anchors): Promise<UsedKey | string> {
  const { message = '', by = '' } = entry;
  const { body, time = entry.at } = recording.messages.find(({ digest }) => digest === message) ?? {};
  const proof = recording.proofs.get(message);
  if (proof?.ok !== true || proof.key === undefined) return 'no history says that this signature was verified';
  const { key } = proof;
  const thumbprint = await calculateJwkThumbprint(key);
  if (thumbprint !== entry.key) return `the key in the history is not the one that it names`;
  const listings = listingsFor(entry, proof, recording);
  if (typeof listings === 'string') return listings;
  const token = body as { jws?: string; idToken?: string; decision?: unknown };
  const method = token.jws === undefined ? 'oidc' : 'key';
  for (const listed of listings) {
    const again = await reverify(token, key, listed, Math.min(time, entry.at));
    if (again === undefined) continue;
    if (!again.ok) return `the signature does not hold: ${again.reason}`;
    const reason =
      claimFault(again.claims, entry, recording) ?? (await anchorFault(by, { key, listed }, method, anchors));
    return reason ?? { by, thumbprint, method };
  }
  return method === 'key' ? `the key was never listed for ${by}` : `nothing lists ${by} with the provider`;
}

/** @returns nothing where the person cannot have signed by what is listed */
async function reverify(
  { jws, idToken = '', decision }: { jws?: string; idToken?: string; decision?: unknown },
  key: VerifyingKey,
  { keys = [], subject, oidc }: Listed,
  at: number,
): Promise<Reverified | undefined> {
  if (jws !== undefined) {
    const isTheirs = (await thumbprintsOf(keys)).includes(await calculateJwkThumbprint(key));
    return isTheirs ? verifyWithKey(jws, key, at) : undefined;
  }
  if (oidc === undefined || subject === undefined) return undefined;
  return verifyIdTokenWithKey({ idToken, decision }, key, { oidc, subject }, at);
}

/** Round and criteria are compared where the decision counts: by the gates themselves. */
function claimFault(claims: DecisionClaims, entry: LedgerEntry, recording: Recording): string | undefined {
  const { workflowId, firstRun } = recording;
  const { sub, phase, run, verdict, gate, jti } = claims;
  if (workflowId !== '' && phase !== workflowId) return `what is signed is about another phase (${phase})`;
  if (firstRun !== '' && run !== firstRun) return `what is signed is about another run of this phase (${run})`;
  // Sent under another name than the one that was signed, a decision is refused, and says so in the ledger.
  const isMeant = verdict === entry.what || entry.code === 'REFUSED';
  if (sub !== entry.by || !isMeant) return `what is signed is "${verdict}" by ${sub}`;
  if (entry.on !== gate && !isOf(gate, entry.on)) return `what is signed is about ${gate}`;
  return verdict === entry.what && jti !== entry.id ? `what is signed goes by ${jti}` : undefined;
}

/** A criterion of the gate. */
function isOf(gate: string, on = ''): boolean {
  return on.slice(0, on.lastIndexOf('/')) === gate && /^\d+$/.test(on.slice(gate.length + 1));
}

/** What was listed for the person when the decision came; where that was not kept, at the start and at every round. */
function listingsFor(
  { by = '', basedOn }: LedgerEntry,
  proof: RecordedProof & { ok: true },
  { compiled, rounds }: Recording,
): readonly Listed[] | string {
  const { listed } = proof;
  if (basedOn?.['listed'] !== undefined || listed !== undefined) {
    const isSame = listed !== undefined && digestOf(listed) === basedOn?.['listed'];
    return isSame ? [listed] : 'what was listed for the person in the history is not what it names';
  }
  const ofRounds = [...rounds.values()].map(({ listed: then }) =>
    then !== undefined && 'people' in then ? then.people : null,
  );
  const oidc = compiled?.plan.oidc;
  return [compiled?.plan.people, ...ofRounds].flatMap((people) => {
    const person = own(people ?? undefined, by);
    return person === undefined ? [] : [{ ...person, oidc }];
  });
}

/** What a record is compared with besides itself: kept where a forger of the record cannot write. */
export interface Anchors {
  /** Whose keys and subjects these are. */
  readonly playbook?: Pick<Playbook, 'people' | 'oidc'>;
  /** RFC 7638 thumbprints of the provider's keys. */
  readonly providerKeys?: ReadonlySet<string>;
  /** A head of the ledger, as memo, hand-over or result say it. */
  readonly head?: string;
}

/** Why a key that has signed for a person is not one that the playbook at hand lists for them. */
async function anchorFault(
  by: string,
  { key, listed }: { readonly key: VerifyingKey; readonly listed: Listed },
  method: 'key' | 'oidc',
  { playbook, providerKeys }: Anchors,
): Promise<string | undefined> {
  const thumbprint = await calculateJwkThumbprint(key);
  if (method === 'oidc') {
    if (providerKeys?.has(thumbprint) === false) return `the provider's keys given do not hold ${thumbprint}`;
    if (playbook === undefined) return undefined;
    const { issuer, audience, claim } = playbook.oidc ?? {};
    const isSame = issuer === listed.oidc?.issuer && audience === listed.oidc?.audience && claim === listed.oidc?.claim;
    if (!isSame) return 'the provider is not the one that the playbook given names';
    const subject = own(playbook.people, by)?.subject;
    return subject === listed.subject ? undefined : `the playbook given lists ${by} as another subject`;
  }
  if (playbook === undefined) return undefined;
  const keys = own(playbook.people, by)?.keys ?? [];
  return (await thumbprintsOf(keys)).includes(thumbprint)
    ? undefined
    : `the playbook given does not list the key ${thumbprint} for ${by}`;
}

export function thumbprintsOf(keys: readonly VerifyingKey[]): Promise<string[]> {
  return Promise.all(keys.map((key) => calculateJwkThumbprint(key)));
}
