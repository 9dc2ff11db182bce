import { digestOf } from '../../base/digest.ts';
import { bytesOf } from '../../base/json.ts';
import type { LedgerEntry, Verdict, VerdictCode } from '../ledger.ts';
import type { GatesState } from '../model.ts';
import { unmet } from '../rules/criteria.ts';
import type { Draft } from '../draft.ts';
import type { Envelope } from './envelope.ts';

const RAW_CHARACTERS = 500;
const REASON_CHARACTERS = 1000;

/** Under which a message's id is remembered: ids are the sender's own. Short, since a thousand of them travel with the phase. */
export function seenKey(by: string, id: string): string {
  return digestOf([by, id]).slice(0, 32);
}

/** Gives a message its one ledger entry and its one verdict. */
export function answer(draft: Draft, envelope: Envelope, code: VerdictCode, reason: string): Verdict {
  const gate = envelope.gate === undefined ? undefined : draft.gate(envelope.gate);
  const on = envelope.criterion ?? envelope.gate ?? envelope.task ?? envelope.on;
  const entry: Omit<LedgerEntry, 'number' | 'at' | 'hash'> = {
    what: envelope.name.slice(0, 100),
    trust: envelope.trust ?? (draft.state.people === null ? 'open' : 'asserted'),
    code,
    reason: (envelope.note === undefined ? reason : `${reason}: ${envelope.note}`)
      .slice(0, REASON_CHARACTERS)
      .toWellFormed(),
    by: envelope.by,
    on,
    round: gate?.round,
    id: envelope.id,
    evidence: envelope.evidence,
    criteria: envelope.criteria,
    key: envelope.key,
    basedOn: envelope.basedOn,
    message: digestOf([envelope.name, envelope.body]),
    ...(code === 'MALFORMED' || code === 'UNKNOWN' ? { raw: raw(envelope.body) } : {}),
  };
  const number = draft.record(entry);
  // A refused message may be sent again with the same id at a better time. One sender cannot use up the id of another.
  const counted = code === 'ACCEPTED' || code === 'REPEATED';
  if (counted && envelope.id !== undefined && envelope.by !== undefined) {
    draft.markSeen(seenKey(envelope.by, envelope.id), number);
    if (envelope.trust === 'signed' && envelope.gate !== undefined) draft.spend(envelope.gate, envelope.id);
  }
  return {
    code,
    reason,
    entry: number,
    task: envelope.task,
    ...(gate === undefined
      ? {}
      : { gate: gate.gate.id, state: gate.state, unmet: unmet(draft.state, gate.gate.id).map(({ id }) => id) }),
  };
}

/** The message as it came, clipped; whatever it holds must not throw here. */
function raw(body: unknown): string {
  try {
    return (JSON.stringify(body) ?? 'undefined').slice(0, RAW_CHARACTERS).toWellFormed();
  } catch {
    return 'cannot be shown';
  }
}

/** Bytes of the messages that a phase carries with it: early approvals and contributions. A payload holds 2 MB in all. */
const KEPT_BYTES = 250_000;

/** Whether a message may be kept: what is kept travels with the phase, and more than a payload holds would wedge it. */
export function hasRoomFor(state: GatesState, message: object): boolean {
  const early = Object.values(state.gates).reduce(
    (sum, gate) => sum + (gate.early === undefined ? 0 : bytesOf(gate.early)),
    0,
  );
  return early + (state.contributed ?? 0) + bytesOf(message) <= KEPT_BYTES;
}

export const FULL = `this phase keeps ${String(KEPT_BYTES)} bytes of contributions and early approvals at most; write less, and name as evidence where the rest is`;
