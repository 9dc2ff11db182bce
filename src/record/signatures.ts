import type { LedgerEntry } from '../gates/ledger.ts';
import { verifyIdTokenWithKey, verifyWithKey, type Reverified } from '../identity/verify.ts';
import type { Person } from '../plan/model.ts';
import type { RecordedProof, Recording } from './recording.ts';

/** Where an entry says "signed" and the signature, or the key, does not bear it out. */
export interface SignatureFault {
  readonly entry: number;
  readonly reason: string;
}

/**
 * Verifies every signature of the ledger again, with the key that verified it then. That the key is the person's says the
 * playbook as it was recorded when the phase started or when a round opened.
 */
export async function signatureFault(
  entries: readonly LedgerEntry[],
  recording: Recording,
): Promise<SignatureFault | undefined> {
  for (const entry of entries.filter(({ trust, what }) => trust === 'signed' && what !== 'pre-approval')) {
    const reason = await faultOf(entry, recording);
    if (reason !== undefined) return { entry: entry.number, reason };
  }
  return undefined;
}

async function faultOf(entry: LedgerEntry, recording: Recording): Promise<string | undefined> {
  const { message = '', by = '', what } = entry;
  const body = recording.messages.find(({ digest }) => digest === message)?.body;
  const proof = recording.proofs.get(message);
  if (proof?.ok !== true || proof.key === undefined) return 'no history says that this signature was verified';
  const again = await reverify(body, proof, recording, by);
  if (!again.ok) return `the signature does not hold: ${again.reason}`;
  const { sub, verdict, gate } = again.claims;
  // Sent under another name than the one that was signed, a decision is refused, and says so in the ledger.
  const isMeant = verdict === what || entry.code === 'REFUSED';
  if (sub !== by || !isMeant) return `what is signed is "${verdict}" by ${sub}`;
  if (entry.on?.startsWith(gate) !== true) return `what is signed is about ${gate}`;
  return undefined;
}

async function reverify(
  body: unknown,
  proof: RecordedProof & { ok: true },
  recording: Recording,
  by: string,
): Promise<Reverified> {
  const { key, claims } = proof;
  if (key === undefined) return { ok: false, reason: 'its key was not recorded' };
  const listings = listingsOf(recording, by);
  if (claims.sub !== by) return { ok: false, reason: 'it is from another person' };
  const { jws, idToken, decision } = body as { jws?: string; idToken?: string; decision?: unknown };
  if (jws !== undefined) {
    const isTheirs = listings.some(({ keys = [] }) => keys.some((one) => one.x === ('x' in key ? key.x : undefined)));
    return isTheirs ? verifyWithKey(jws, key) : { ok: false, reason: `the key was never listed for ${by}` };
  }
  const { oidc } = recording.compiled?.plan ?? {};
  const subject = listings.map((person) => person.subject).find((one) => one !== undefined);
  if (oidc === undefined || subject === undefined || idToken === undefined) {
    return { ok: false, reason: `nothing lists ${by} with the provider` };
  }
  return verifyIdTokenWithKey({ idToken, decision }, key, { oidc, subject });
}

/** A person as they were listed at the start and at every round. */
function listingsOf({ compiled, rounds }: Recording, by: string): Person[] {
  const ofRounds = [...rounds.values()].map(({ listed }) =>
    listed !== undefined && 'people' in listed ? listed.people : null,
  );
  const lists = [compiled?.plan.people, ...ofRounds];
  return lists.flatMap((list) =>
    list !== undefined && list !== null && Object.hasOwn(list, by) ? [list[by] as Person] : [],
  );
}
