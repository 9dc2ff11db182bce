import { judgedByFacts } from '../activities/slices.ts';
import { type Holds, HOLDS, holdsOf } from '../gates/rules/hold.ts';
import { digestOf } from '../base/digest.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import type { GateId } from '../plan/gate-model.ts';
import type { GatesState, Vote } from '../gates/model.ts';
import { addReview } from '../gates/messages/override.ts';
import { differs, judgeAgain, judgeEarly } from './judge.ts';
import type { RecordedMessage, Recording } from './recording.ts';
import { guarding, type Walk } from './walk.ts';

/** Takes what people have said into a walk, once the gates have judged it again. */
export class Hearing {
  private readonly walk: Walk;
  private readonly proofs: Recording['proofs'];
  private readonly messages: ReadonlyMap<string, RecordedMessage>;
  /** Ids of signed messages that have counted. */
  private readonly used = new Set<string>();

  constructor(walk: Walk, { messages, proofs }: Pick<Recording, 'messages' | 'proofs'>) {
    this.walk = walk;
    this.proofs = proofs;
    this.messages = new Map(messages.map((message) => [message.digest, message]));
  }

  /** @returns why the entry cannot be, or nothing */
  hear(entry: LedgerEntry): string | undefined {
    const { what, code } = entry;
    if (what === 'pre-approval') return code === 'ACCEPTED' ? this.admit(entry) : undefined;
    const message = this.messages.get(entry.message ?? '');
    if (message === undefined || judgedByFacts.has(what)) return undefined;
    const counts = code === 'ACCEPTED' || code === 'PRE_APPROVED';
    if (!counts && !isSuppressible(entry)) return undefined;
    const judged = judgeAgain(this.walk.state, entry, message, this.proofs.get(message.digest));
    if (!counts) return judged.entry.code === 'ACCEPTED' ? differs(entry, judged.entry) : undefined;
    const reason = differs(entry, judged.entry) ?? this.again(entry) ?? this.unguarded(entry);
    if (reason !== undefined) return reason;
    if (code === 'ACCEPTED') this.take(entry);
    else this.keep(entry, judged.state);
    return undefined;
  }

  /** Takes an entry that counted as it stands, without judging it again. */
  heed(entry: LedgerEntry): void {
    if (entry.code !== 'ACCEPTED') return;
    if (entry.what === 'pre-approval') this.vote(entry);
    else this.take(entry);
  }

  /** A signature counts once, however long ago. */
  private again({ trust, by = '', id, code }: LedgerEntry): string | undefined {
    if (trust !== 'signed' || id === undefined || code !== 'ACCEPTED') return undefined;
    const key = JSON.stringify([by, id]);
    if (this.used.has(key)) return `what ${by} has signed as ${id} counted before`;
    this.used.add(key);
    return undefined;
  }

  private unguarded({ what, on = '' }: LedgerEntry): string | undefined {
    const gate = what === 'complete' ? guarding(this.walk, on) : undefined;
    return gate === undefined ? undefined : `${on} was completed although its gate ${gate} had not cleared`;
  }

  private take(entry: LedgerEntry): void {
    const { what, on = '', by = '', at, reason } = entry;
    const { walk } = this;
    switch (what) {
      case 'approve':
        this.vote(entry);
        break;
      case 'waive':
        walk.eachCriterion(entry, (one) => ({ ...one, waiver: { ...this.voteOf(entry), reason } }));
        break;
      case 'withdraw':
        walk.eachCriterion(entry, ({ waiver, ...one }) => ({
          ...one,
          votes: one.votes.filter((old) => old.by !== by),
          ...(waiver === undefined || waiver.by === by ? {} : { waiver }),
        }));
        break;
      case 'reject':
        walk.set(this.gateOf(on), { state: 'rejected', rejection: { by, reason, rework: [] } });
        break;
      case 'override':
        this.override(this.gateOf(on), by);
        break;
      case 'complete':
      case 'skip':
        walk.setTask(on, { by });
        break;
      case 'hold':
        this.setHolds({ ...holdsOf(walk.state), [on]: { by, at, reason } });
        break;
      case 'release': {
        const { [on]: _released, ...others } = holdsOf(walk.state);
        this.setHolds(others);
      }
    }
  }

  private setHolds(holds: Holds): void {
    const { walk } = this;
    walk.state = { ...walk.state, slices: { ...walk.state.slices, [HOLDS]: holds } };
  }

  private vote(entry: LedgerEntry): void {
    const { by } = entry;
    this.walk.eachCriterion(entry, (one) => ({
      ...one,
      votes: [...one.votes.filter((old) => old.by !== by), this.voteOf(entry)],
    }));
  }

  private keep({ on = '' }: LedgerEntry, { gates }: GatesState): void {
    const id = this.gateOf(on);
    const early = gates[id]?.early;
    if (early !== undefined) this.walk.set(id, { early });
  }

  /** A pre-approval counts when it was given before its gate opened. */
  private admit(entry: LedgerEntry): string | undefined {
    const id = this.gateOf(entry.on ?? '');
    const early = this.walk.state.gates[id]?.early ?? [];
    const kept = early.find(({ message }) => digestOf(['pre-approval', message]) === entry.message);
    if (kept === undefined) return `nobody has pre-approved ${id} like that`;
    const reason = differs(entry, judgeEarly(this.walk.state, entry, kept).entry);
    if (reason !== undefined) return reason;
    this.walk.set(id, { early: early.filter((one) => one !== kept) });
    this.vote(entry);
    return undefined;
  }

  private override(id: GateId, by: string): void {
    const review = this.walk.state.gates[id]?.gate.policy?.override?.review;
    if (review === undefined) return;
    this.walk.set(id, { override: { by, at: 0, reason: '' } });
    const added = addReview(this.walk.state, { gate: id, by, reason: '', review });
    if (added !== undefined) this.walk.state = added.state;
  }

  private voteOf({ by = '', at }: LedgerEntry): Vote {
    const { people } = this.walk.state;
    return people === null ? { by, at } : { by, at, roles: people[by]?.roles ?? [] };
  }

  /** An entry is on a gate, or on one of its criteria. */
  private gateOf(on: string): GateId {
    return Object.hasOwn(this.walk.state.gates, on) ? on : on.slice(0, on.lastIndexOf('/'));
  }
}

/** An entry that a refusal came too late would let a gate clear that a person had closed. */
function isSuppressible({ what, code }: LedgerEntry): boolean {
  return (what === 'reject' || what === 'withdraw') && ['DENIED', 'EARLY', 'LATE', 'UNKNOWN', 'REFUSED'].includes(code);
}
