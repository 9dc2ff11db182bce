import { answer, type Letter } from './answer.ts';
import { digestOf } from '../../base/digest.ts';
import type { Proof } from '../events.ts';
import type { Verdict } from '../ledger.ts';
import { own, type Turn } from '../turn.ts';

/** Whether a message carries a proof of who it is from: `{"jws":"…"}`, or `{"idToken":"…","decision":{…}}`. */
export function carriesProof(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  return 'jws' in body || 'idToken' in body;
}

/** What a signature tells of a message. */
export type Known = Pick<Letter, 'trust' | 'key' | 'rests'>;

/** What a signed message says, in the form of any other; or the verdict on one whose signature does not hold. */
export function readSigned(
  turn: Turn,
  name: string,
  body: unknown,
  proof: Proof | undefined,
): { readonly message: object; readonly known: Known } | { readonly verdict: Verdict } {
  if (proof === undefined || !proof.ok) {
    return { verdict: answer(turn, { name, body, ...claimedGate(turn, proof) }, 'UNVERIFIED', whyNot(turn, proof)) };
  }
  const { claims, by, thumbprint, listed } = proof;
  const rests = listed === undefined ? {} : { rests: { listed: digestOf(listed) } };
  const known = { trust: 'signed', key: thumbprint, ...rests } as const;
  if (claims.verdict !== name) {
    const letter: Letter = { name, body, by, gate: claims.gate, ...known };
    return { verdict: answer(turn, letter, 'REFUSED', `what is signed is "${claims.verdict}"`) };
  }
  const { gate, round, nonce, subject, criterion, reason, rework, note, evidence, jti } = claims;
  const said = { gate, by, round, nonce, subject, criterion, reason, rework, note, evidence, id: jti };
  return { message: Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)), known };
}

/** Names that are known may be repeated; anything else that a forged message holds may not. */
function claimedGate(turn: Turn, proof: Proof | undefined): Pick<Letter, 'gate'> {
  if (proof === undefined || proof.ok || proof.gate === undefined) return {};
  return turn.gate(proof.gate) === undefined ? {} : { gate: proof.gate };
}

function whyNot({ state }: Turn, proof: (Proof & { ok: false }) | undefined): string {
  if (proof === undefined) return 'nothing has verified this signature';
  const { reason, by } = proof;
  return by !== undefined && own(state.people ?? {}, by) !== undefined ? `${reason} (sent as ${by})` : reason;
}
