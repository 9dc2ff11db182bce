import type { LedgerEntry } from '../gates/ledger.ts';
import { roundDigest, startDigests } from '../gates/rests.ts';
import { handoverText } from '../handover/files.ts';
import { sha256 } from '../plan/digest.ts';
import type { Recording, WrittenHandover } from './recording.ts';

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
    const reason = faultOf(entry, recording);
    if (reason !== undefined) return { entry: entry.number, reason };
  }
  return undefined;
}

function faultOf(entry: LedgerEntry, recording: Recording): string | undefined {
  switch (entry.what) {
    case 'started':
      return startFault(entry, recording);
    case 'opened':
      return roundFault(entry, recording);
    case 'ended':
      return handoverFault(entry, recording);
    default:
      return undefined;
  }
}

/** What the phase wrote is named by the ledger, and is what the activity was given and answered. */
function handoverFault({ rests = {} }: LedgerEntry, { written, result }: Recording): string | undefined {
  const named = rests['handover'];
  if (written === undefined) return named === undefined ? undefined : 'no history holds the hand-over that it names';
  const { handover } = (result ?? {}) as { handover?: { sha256?: unknown } };
  const found = [written.sha256, handoverDigest(written), handover?.sha256];
  return found.every((sha256) => sha256 === named)
    ? undefined
    : 'the hand-over in the history is not the one that it names';
}

function handoverDigest({ document }: WrittenHandover): string | undefined {
  return document === undefined ? undefined : sha256(handoverText(document));
}

function startFault({ rests = {} }: LedgerEntry, { compiled, input, handover }: Recording): string | undefined {
  const found = startDigests({ compiled, input, handover });
  const changed = Object.keys({ ...found, ...rests }).find((what) => found[what] !== rests[what]);
  return changed === undefined ? undefined : `${names[changed] ?? changed} in the history is not the one that it names`;
}

function roundFault({ nonce = '', rests }: LedgerEntry, { rounds }: Recording): string | undefined {
  const opening = rounds.get(nonce);
  if (opening === undefined) return 'no history holds the beginning of this round';
  if (roundDigest(opening) === rests?.['round']) return undefined;
  return 'people or times of this round in the history are not those that it names';
}
