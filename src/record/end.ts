import type { LedgerEntry } from '../gates/ledger.ts';
import type { Fault } from './ledger.ts';
import { endingOf, inputOf, startOf, type RunEvents } from './run.ts';

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
