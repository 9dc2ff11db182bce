import { GENESIS } from '../gates/chain.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import { endingOf, inputOf, type RunEvents, startOf } from './history.ts';
import type { Recording } from './recording.ts';

/** An entry whose time the server's own times contradict. */
export interface ClockFault {
  readonly entry: number;
  readonly reason: string;
}

/** How far clocks of workers and server may be apart, in milliseconds. */
const APART = 60_000;

/**
 * Windows, least times and ages are judged by the entries' own times, so these have to fit those that the server stamped: an entry
 * is not made before its message came, nor after it was recorded.
 */
export function clockFault({ entries, messages }: Recording): ClockFault | undefined {
  const came = new Map(messages.map(({ digest, time }) => [digest, time]));
  for (const { entry, time } of entries) {
    const { number, at, message } = entry;
    // Of equal messages the last one is found, so only one that came once can be too early.
    const sent = message === undefined || isRepeated(message, messages) ? undefined : came.get(message);
    if (sent !== undefined && at < sent - APART) return { entry: number, reason: 'it is older than its message' };
    if (time !== undefined && at > time + APART) return { entry: number, reason: 'it is younger than its recording' };
  }
  return undefined;
}

function isRepeated(digest: string, messages: Recording['messages']): boolean {
  return messages.filter((one) => one.digest === digest).length > 1;
}

/** A record is of a phase that has ended: until then entries and heads are still to come. */
export function endFault(runs: readonly RunEvents[], entries: readonly LedgerEntry[] | Fault): Fault | undefined {
  const [first = []] = runs;
  const last = runs.at(-1) ?? [];
  const where = 'the histories';
  const { resume } = (inputOf(first) ?? {}) as { resume?: unknown };
  if (resume !== undefined && startOf(first) !== undefined) {
    return { where, reason: 'the phase was started with a state that somebody has given it' };
  }
  const ending = endingOf(last);
  if (ending === 'open') return { where, reason: 'this phase has not ended, or its history is cut' };
  if (ending === 'continued') return { where, reason: 'the run is missing that the last one continued as' };
  if (!writesItsEnd(runs)) return undefined;
  const isWhole = 'reason' in entries || entries.some(({ what, trust }) => what === 'ended' && trust === 'phase');
  return isWhole ? undefined : { where, reason: 'the ledger does not tell that the phase ended' };
}

/** Whether the phase ended by itself: one that was terminated, or failed, has a ledger that is cut where it was recorded last. */
export function writesItsEnd(runs: readonly RunEvents[]): boolean {
  const ending = endingOf(runs.at(-1) ?? []);
  return ending === 'completed' || ending === 'cancelled';
}

/** The first thing that is not as it was written. */
export interface Fault {
  readonly where: string;
  readonly reason: string;
}

/** The entries in the order of their numbers; one that was recorded twice must be the same both times. */
export function ledgerOf({ entries }: Recording): LedgerEntry[] | Fault {
  const ledger: LedgerEntry[] = [];
  // A round's entries may be recorded after later ones, where opening it took long.
  for (const { where, entry } of entries.toSorted((a, b) => a.entry.number - b.entry.number)) {
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

/** Entries of messages. A pre-approval has a second entry when its gate opens. */
export function saidBySomebody({ trust, what, message }: LedgerEntry): boolean {
  return trust !== 'phase' && what !== 'pre-approval' && message !== undefined;
}
