import { sha256 } from '../plan/digest.ts';
import { chainFault, GENESIS } from '../gates/chain.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import { clockFault } from './clock.ts';
import type { HistoryEvent } from './history.ts';
import { policyFault } from './policy.ts';
import { restsFault } from './rests.ts';
import { signatureFault } from './signatures.ts';
import { recordingOf, type Recording } from './recording.ts';

/** What was found right. */
export interface Verified {
  /** Workflow id; empty where the histories do not say. */
  readonly workflowId: string;
  readonly phase: string;
  readonly entries: number;
  readonly messages: number;
  /** Of these, how many were signed, each verified again. */
  readonly signed: number;
  readonly heads: number;
  readonly gates: number;
  /** Gates that were counted as cleared before the phase, by the word of whoever started it. */
  readonly beforehand: readonly { readonly gate: string; readonly by: string }[];
  /** `absent`: the phase has written one, and it was not at hand. */
  readonly handover: 'none' | 'as written' | 'absent';
  readonly head: string;
  /** Messages that came after the last entry was written, when the phase was over. */
  readonly afterwards: number;
  /** How often the phase was reset: what it had done after the point of the reset, and was not done again, is not part of this. */
  readonly resets: number;
}

/** The first thing that is not as it was written. */
export interface Fault {
  readonly where: string;
  readonly reason: string;
}

/**
 * Checks the record of one phase from its histories alone: that the ledger's chain holds and leads to every head that was
 * written down elsewhere, that every message is in the ledger and every entry of one in the histories, and that the policy was
 * met when a gate cleared.
 *
 * @param runs events of the phase's runs, in order
 * @param handover the document that the phase wrote, where it is at hand
 */
export async function verify(runs: readonly (readonly HistoryEvent[])[], handover?: string): Promise<Verified | Fault> {
  const recording = recordingOf(runs);
  const entries = ledgerOf(recording);
  if ('reason' in entries) return entries;
  const broken = chainFault(entries);
  if (broken !== undefined) return { where: `ledger entry ${String(broken.entry)}`, reason: broken.reason };
  const heads = headFault(entries, recording) ?? messageFault(entries, recording);
  if (heads !== undefined) return heads;
  const forged = await signatureFault(entries, recording);
  if (forged !== undefined) return { where: `ledger entry ${String(forged.entry)}`, reason: forged.reason };
  const unmet = policyFault(entries, recording);
  if (unmet !== undefined) return { where: `ledger entry ${String(unmet.entry)}`, reason: unmet.reason };
  const beside = restsFault(entries, recording) ?? clockFault(recording);
  if (beside !== undefined) return { where: `ledger entry ${String(beside.entry)}`, reason: beside.reason };
  if (handover !== undefined && recording.written?.sha256 !== sha256(handover)) {
    return { where: 'the hand-over', reason: 'it is not the document that the phase wrote' };
  }
  const said = entries.filter(isMessage);
  return {
    workflowId: recording.workflowId,
    phase: recording.input.phase,
    entries: entries.length,
    messages: said.length,
    signed: said.filter(({ trust }) => trust === 'signed').length,
    heads: recording.heads.length,
    gates: entries.filter(({ what, trust }) => what === 'cleared' && trust === 'phase').length,
    beforehand: entries.flatMap(({ what, trust, on = '', by = '' }) =>
      what === 'cleared beforehand' && trust === 'phase' ? [{ gate: on, by }] : [],
    ),
    handover: handoverState(recording, handover),
    head: entries.at(-1)?.hash ?? GENESIS,
    afterwards: recording.messages.length - said.length,
    resets: recording.resets,
  };
}

function handoverState({ written }: Recording, document: string | undefined): Verified['handover'] {
  if (written === undefined) return 'none';
  return document === undefined ? 'absent' : 'as written';
}

/** The entries in the order of their numbers; one that was recorded twice must be the same both times. */
function ledgerOf({ entries }: Recording): LedgerEntry[] | Fault {
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

function headFault(entries: readonly LedgerEntry[], { heads }: Recording): Fault | undefined {
  const wrong = heads.find(({ length, head }) => (length === 0 ? GENESIS : entries[length - 1]?.hash) !== head);
  if (wrong === undefined) return undefined;
  const reason = `the head written down here is not that of the ledger's first ${String(wrong.length)} entries`;
  return { where: wrong.where, reason };
}

/** Every message has one entry, and every entry of a message has one message; which is which tells the digest. */
function messageFault(entries: readonly LedgerEntry[], { messages }: Recording): Fault | undefined {
  const open = new Map<string, number>();
  for (const { digest } of messages) open.set(digest, (open.get(digest) ?? 0) + 1);
  for (const entry of entries.filter(isMessage)) {
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
function isMessage({ trust, what, message }: LedgerEntry): boolean {
  return trust !== 'phase' && what !== 'pre-approval' && message !== undefined;
}
