import { GENESIS } from '../gates/chain.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import type { Recording } from './recording.ts';

/** The first thing that is not as it was written. */
export interface Fault {
  readonly where: string;
  readonly reason: string;
}

/** The entries in the order of their numbers; one that was recorded twice must be the same both times. */
export function ledgerOf({ entries }: Recording): LedgerEntry[] | Fault {
  const ledger: LedgerEntry[] = [];
  for (const { where, entry } of entries) {
    const known = ledger[entry.number - 1];
    if (known === undefined && entry.number === ledger.length + 1) ledger.push(entry);
    else if (known === undefined) {
      return {
        where,
        reason: `entry ${String(entry.number)} follows entry ${String(ledger.length)}: what lies between is missing`,
      };
    } else if (known.hash !== entry.hash)
      return { where, reason: `entry ${String(entry.number)} says something else than before` };
  }
  return ledger.length === 0 ? { where: 'the histories', reason: 'they hold no ledger' } : ledger;
}

/**
 * @param given a head that was kept elsewhere
 */
export function headFault(
  entries: readonly LedgerEntry[],
  { heads }: Recording,
  given: string | undefined,
): Fault | undefined {
  if (given !== undefined && anchoredBy(entries, given) === undefined) {
    return { where: 'the head given', reason: 'no entry of this ledger has this hash' };
  }
  const wrong = heads.find(({ length, head }) => (length === 0 ? GENESIS : entries[length - 1]?.hash) !== head);
  if (wrong === undefined) return undefined;
  const reason = `the head written down here is not that of the ledger's first ${String(wrong.length)} entries`;
  return { where: wrong.where, reason };
}

/** How many entries a head covers; `undefined` when it is none of this ledger's. */
export function anchoredBy(entries: readonly LedgerEntry[], head: string): number | undefined {
  return entries.find(({ hash }) => hash === head)?.number;
}

/** Every message has one entry, and every entry of a message has one message; which is which tells the digest. */
export function messageFault(entries: readonly LedgerEntry[], { messages }: Recording): Fault | undefined {
  const open = new Map<string, number>();
  for (const { digest } of messages) open.set(digest, (open.get(digest) ?? 0) + 1);
  for (const entry of entries.filter(saidBySomebody)) {
    const { number, message = '', what, by } = entry;
    const count = open.get(message) ?? 0;
    const sent = messages.find(({ digest }) => digest === message);
    if (count === 0 || sent === undefined) {
      return {
        where: `ledger entry ${String(number)}`,
        reason: `no history holds this message (${what} by ${by ?? 'nobody'})`,
      };
    }
    open.set(message, count - 1);
  }
  const last = messages.findLastIndex(({ digest }) => (open.get(digest) ?? 0) === 0);
  const dropped = messages.slice(0, last + 1).find(({ digest }) => (open.get(digest) ?? 0) > 0);
  if (dropped === undefined) return undefined;
  return { where: `event ${String(dropped.event)}`, reason: `the message ${dropped.name} is not in the ledger` };
}

/** Entries of what somebody sent; a pre-approval is entered a second time when its gate opens. */
export function saidBySomebody({ trust, what, message }: LedgerEntry): boolean {
  return trust !== 'phase' && what !== 'pre-approval' && message !== undefined;
}
