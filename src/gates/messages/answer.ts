import { digestOf } from '../../base/digest.ts';
import { bytesOf } from '../../base/json.ts';
import type { CriterionId, GateId, TaskRef } from '../../plan/gate-model.ts';
import type { Evidence, LedgerEntry, Trust, Verdict, VerdictCode } from '../ledger.ts';
import type { GatesState } from '../model.ts';
import { unmet } from '../rules/criteria.ts';
import type { Turn } from '../turn.ts';

/** What is known of a message while it is being judged. */
export interface Letter {
  readonly name: string;
  readonly body: unknown;
  readonly by?: string;
  readonly id?: string;
  readonly note?: string;
  readonly evidence?: Evidence;
  readonly gate?: GateId;
  readonly criterion?: CriterionId;
  /** Criteria that it changes. */
  readonly criteria?: readonly CriterionId[];
  /** Absent: the name in the message is all there is. */
  readonly trust?: Trust;
  /** Thumbprint of the key that signed it. */
  readonly key?: string;
  /** Digest of what was listed for the sender. */
  readonly rests?: LedgerEntry['rests'];
  readonly task?: TaskRef;
  /** What is held or released. */
  readonly on?: string;
}

const RAW_CHARACTERS = 500;
const REASON_CHARACTERS = 1000;

/** Under which a message's id is remembered: ids are the sender's own. Short, since a thousand of them travel with the phase. */
export function seenKey(by: string, id: string): string {
  return digestOf([by, id]).slice(0, 32);
}

/** Gives a message its one ledger entry and its one verdict. */
export function answer(turn: Turn, letter: Letter, code: VerdictCode, reason: string): Verdict {
  const gate = letter.gate === undefined ? undefined : turn.gate(letter.gate);
  const on = letter.criterion ?? letter.gate ?? letter.task ?? letter.on;
  const entry: Omit<LedgerEntry, 'number' | 'at' | 'hash'> = {
    what: letter.name.slice(0, 100),
    trust: letter.trust ?? (turn.state.people === null ? 'open' : 'asserted'),
    code,
    reason: (letter.note === undefined ? reason : `${reason}: ${letter.note}`)
      .slice(0, REASON_CHARACTERS)
      .toWellFormed(),
    ...(letter.by === undefined ? {} : { by: letter.by }),
    ...(on === undefined ? {} : { on }),
    ...(gate === undefined ? {} : { round: gate.round }),
    ...(letter.id === undefined ? {} : { id: letter.id }),
    ...(letter.evidence === undefined ? {} : { evidence: letter.evidence }),
    ...(letter.criteria === undefined ? {} : { criteria: letter.criteria }),
    ...(letter.key === undefined ? {} : { key: letter.key }),
    ...(letter.rests === undefined ? {} : { rests: letter.rests }),
    message: digestOf([letter.name, letter.body]),
    ...(code === 'MALFORMED' || code === 'UNKNOWN' ? { raw: raw(letter.body) } : {}),
  };
  const number = turn.record(entry);
  // What was refused may be said again with the same id, when its time has come; and nobody can use up another's id.
  const counted = code === 'ACCEPTED' || code === 'REPEATED';
  if (counted && letter.id !== undefined && letter.by !== undefined) {
    turn.markSeen(seenKey(letter.by, letter.id), number);
    if (letter.trust === 'signed' && letter.gate !== undefined) turn.spend(letter.gate, letter.id);
  }
  return {
    code,
    reason,
    entry: number,
    ...(letter.task === undefined ? {} : { task: letter.task }),
    ...(gate === undefined
      ? {}
      : { gate: gate.gate.id, state: gate.state, unmet: unmet(turn.state, gate.gate.id).map(({ id }) => id) }),
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
