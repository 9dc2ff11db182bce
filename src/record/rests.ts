import type { LedgerEntry } from '../gates/ledger.ts';
import { roundDigest, startDigests } from '../gates/rests.ts';
import type { Recording } from './recording.ts';

/** What an entry says it rests on, and the history says otherwise. */
export interface RestsFault {
  readonly entry: number;
  readonly reason: string;
}

const names: { readonly [what: string]: string } = {
  compiled: 'the compiled plan',
  input: "the start's input",
  handover: 'the hand-over given at start',
};

/**
 * Plan, policies and people stand in the history beside the ledger; the entries that rest on them hold their digests, so that
 * they cannot be changed without it.
 */
export function restsFault(entries: readonly LedgerEntry[], recording: Recording): RestsFault | undefined {
  for (const entry of entries.filter(({ trust }) => trust === 'phase')) {
    const reason = entry.what === 'started' ? startFault(entry, recording) : roundFault(entry, recording);
    if (reason !== undefined) return { entry: entry.number, reason };
  }
  return undefined;
}

function startFault({ rests = {} }: LedgerEntry, { compiled, input, handover }: Recording): string | undefined {
  const found = startDigests({ compiled, input, handover });
  const changed = Object.keys({ ...found, ...rests }).find((what) => found[what] !== rests[what]);
  return changed === undefined ? undefined : `${names[changed] ?? changed} in the history is not the one that it names`;
}

function roundFault({ what, nonce, rests }: LedgerEntry, { rounds }: Recording): string | undefined {
  if (what !== 'opened' || nonce === undefined) return undefined;
  const opening = rounds.get(nonce);
  if (opening === undefined) return 'no history holds the beginning of this round';
  if (roundDigest(opening) === rests?.['round']) return undefined;
  return 'people or times of this round in the history are not those that it names';
}
