import { own } from '../../base/json.ts';
import { answer } from './answer.ts';
import type { Envelope } from './envelope.ts';
import { digestOf } from '../../base/digest.ts';
import type { Proof } from '../events.ts';
import type { Verdict } from '../ledger.ts';
import type { Draft } from '../draft.ts';

/** Whether a message carries a proof of who it is from: `{"jws":"…"}`, or `{"idToken":"…","decision":{…}}`. */
export function carriesProof(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  return 'jws' in body || 'idToken' in body;
}

/** What a signature tells of a message. */
export type Known = Pick<Envelope, 'trust' | 'key' | 'basedOn'>;

/** What a signed message says, in the form of any other; or the verdict on one whose signature does not hold. */
export function readSigned(
  draft: Draft,
  name: string,
  body: unknown,
  proof: Proof | undefined,
): { readonly message: object; readonly known: Known } | { readonly verdict: Verdict } {
  if (proof === undefined || !proof.ok) {
    return { verdict: answer(draft, { name, body, ...claimedGate(draft, proof) }, 'UNVERIFIED', whyNot(draft, proof)) };
  }
  const { claims, by, thumbprint, listed } = proof;
  const basedOn = listed === undefined ? {} : { basedOn: { listed: digestOf(listed) } };
  const known = { trust: 'signed', key: thumbprint, ...basedOn } as const;
  if (claims.verdict !== name) {
    const envelope: Envelope = { name, body, by, gate: claims.gate, ...known };
    return { verdict: answer(draft, envelope, 'REFUSED', `what is signed is "${claims.verdict}"`) };
  }
  const { gate, round, nonce, subject, criterion, reason, rework, note, evidence, jti } = claims;
  const said = { gate, by, round, nonce, subject, criterion, reason, rework, note, evidence, id: jti };
  return { message: Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)), known };
}

/** Names that are known may be repeated; anything else that a forged message holds may not. */
function claimedGate(draft: Draft, proof: Proof | undefined): Pick<Envelope, 'gate'> {
  if (proof === undefined || proof.ok || proof.gate === undefined) return {};
  return draft.gate(proof.gate) === undefined ? {} : { gate: proof.gate };
}

function whyNot({ state }: Draft, proof: (Proof & { ok: false }) | undefined): string {
  if (proof === undefined) return 'nothing has verified this signature';
  const { reason, by } = proof;
  return by !== undefined && own(state.people ?? {}, by) !== undefined ? `${reason} (sent as ${by})` : reason;
}
