import { sha256 } from '../base/digest.ts';
import { chainFault, GENESIS } from '../gates/chain.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import { countFault, type Ending, endingOf, type Histories, timeFault } from './history.ts';
import {
  anchoredBy,
  clockFault,
  endFault,
  type Fault,
  headFault,
  ledgerOf,
  messageFault,
  saidBySomebody,
  writesItsEnd,
} from './ledger.ts';
import { milestonesFault, missingMilestones } from './milestones.ts';
import type { MissingRun } from './record-index.ts';
import { type Recording, recordingOf } from './recording.ts';
import { policyFault, restsFault } from './replay.ts';
import { type Anchors, type UsedKey, verifySignatures } from './signatures.ts';

/** What was found right. */
export interface Verified {
  /** Workflow id; empty where the histories do not say. */
  readonly workflowId: string;
  readonly phase: string;
  readonly entries: number;
  readonly messages: number;
  /** Of these, how many were signed, each verified again. */
  readonly signed: number;
  /** What they were verified with. */
  readonly keys: readonly UsedKey[];
  readonly heads: number;
  /** Gates that cleared by their policy alone. */
  readonly gates: number;
  /** Gates that were cleared by an override, with unmet criteria. */
  readonly overridden: readonly GateBy[];
  /** Gates that counted as cleared before the phase, as its start input says. */
  readonly beforehand: readonly GateBy[];
  /** `absent`: the phase has written one, and it was not at hand. */
  readonly handover: 'none' | 'as written' | 'absent';
  readonly head: string;
  /** How many entries the head covers that was given; absent where none was. */
  readonly anchored?: number;
  /** Histories of milestones that were looked at, and those that were not at hand. */
  readonly milestones: { readonly seen: number; readonly missing: readonly MissingRun[] };
  /** How the phase ended. One that was ended from outside, or failed, has not written the end of its ledger. */
  readonly ended: Ending;
  /** Heads that were written down of entries that stand in no history, because the phase was ended before they did. */
  readonly beyond: number;
  /** Messages that came after the last entry was written, when the phase was over. */
  readonly afterwards: number;
  /** How often the phase was reset: what it had done after the point of the reset, and was not done again, is not part of this. */
  readonly resets: number;
}

export interface GateBy {
  readonly gate: string;
  readonly by: string;
}

export interface VerifyOptions {
  /** The document that the phase wrote, where it is at hand. */
  readonly handover?: string | undefined;
  /** What the record is compared with besides itself. */
  readonly anchors?: Anchors;
}

/**
 * Checks the record of one phase from its histories alone: that they are whole, that the ledger's chain holds and leads to every
 * head that was written down elsewhere, that every message is in the ledger and every entry of one in the histories, that
 * signatures hold, and that the gates would have judged it all like that.
 *
 * @returns what was found, or the first thing that is not as it was written
 */
export async function verify(
  histories: Histories,
  { handover, anchors = {} }: VerifyOptions = {},
): Promise<Verified | Fault> {
  const recording = recordingOf(histories.phase);
  const entries = ledgerOf(recording);
  const cut = endFault(histories.phase, entries) ?? firstOf(histories.phase, countFault);
  if (cut !== undefined) return cut;
  if ('reason' in entries) return entries;
  const broken = chainFault(entries);
  if (broken !== undefined) return at(broken);
  const recorded = writesItsEnd(histories.phase) ? recording : { ...recording, heads: headsWithin(entries, recording) };
  const heads = headFault(entries, recorded, anchors.head) ?? messageFault(entries, recording);
  if (heads !== undefined) return heads;
  const beside = restsFault(entries, recording);
  if (beside !== undefined) return at(beside);
  const keys = await verifySignatures(entries, recording, anchors);
  if ('reason' in keys) return at(keys);
  const unmet = policyFault(entries, recording) ?? clockFault(recording);
  if (unmet !== undefined) return at(unmet);
  if (handover !== undefined && recording.written?.sha256 !== sha256(handover)) {
    return { where: 'the hand-over', reason: 'it is not the document that the phase wrote' };
  }
  const untied = firstOf(histories.phase, timeFault) ?? milestonesFault(histories, takesOver(histories, recording));
  return untied ?? found({ histories, recording, entries, keys, handover, anchors });
}

/**
 * Whether milestones may be the phase's of which its histories do not tell: after a reset, or in a run that it has continued as,
 * it takes over what runs; one that was ended from outside may not have heard of what it had started.
 */
function takesOver({ phase }: Histories, { resets }: Recording): boolean {
  return resets > 0 || phase.length > 1 || !writesItsEnd(phase);
}

function firstOf<T, F>(all: readonly T[], find: (one: T) => F | undefined): F | undefined {
  for (const one of all) {
    const fault = find(one);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

export function at({ entry, reason }: { readonly entry: number; readonly reason: string }): Fault {
  return { where: `ledger entry ${String(entry)}`, reason };
}

interface Sound {
  readonly histories: Histories;
  readonly recording: Recording;
  readonly entries: readonly LedgerEntry[];
  readonly keys: readonly UsedKey[];
  readonly handover: string | undefined;
  readonly anchors: Anchors;
}

function found({ histories, recording, entries, keys, handover, anchors }: Sound): Verified {
  const said = entries.filter(saidBySomebody);
  const within = headsWithin(entries, recording);
  const overridden = said.filter(({ what, code }) => what === 'override' && code === 'ACCEPTED').map(gateBy);
  const anchored = anchors.head === undefined ? undefined : anchoredBy(entries, anchors.head);
  return {
    workflowId: recording.workflowId,
    phase: recording.input.phase,
    entries: entries.length,
    messages: said.length,
    signed: said.filter(({ trust }) => trust === 'signed').length,
    keys,
    heads: within.length,
    beyond: recording.heads.length - within.length,
    ended: endingOf(histories.phase.at(-1) ?? []),
    gates: entries.filter(({ what, trust }) => what === 'cleared' && trust === 'phase').length - overridden.length,
    overridden,
    beforehand: entries.filter(({ what, trust }) => what === 'cleared beforehand' && trust === 'phase').map(gateBy),
    handover: handoverState(recording, handover),
    head: entries.at(-1)?.hash ?? GENESIS,
    anchored,
    milestones: { seen: histories.milestones.length, missing: lackingMilestones(histories) },
    afterwards: recording.messages.length - said.length,
    resets: recording.resets,
  };
}

/** Heads of entries that stand in the histories. */
function headsWithin({ length: entries }: readonly LedgerEntry[], { heads }: Recording): Recording['heads'] {
  return heads.filter(({ length }) => length <= entries);
}

/** What the phase names and is not at hand, and what the record says of itself that it lacks. */
function lackingMilestones(histories: Histories): MissingRun[] {
  const { lacking = [] } = histories;
  const told = new Set(lacking.map(({ runId }) => runId));
  const others = missingMilestones(histories).filter(({ runId }) => !told.has(runId));
  return [...lacking, ...others.map(({ workflowId, runId }) => ({ workflowId, runId, reason: 'it was not given' }))];
}

function gateBy({ on = '', by = '' }: LedgerEntry): GateBy {
  return { gate: on, by };
}

function handoverState({ written }: Recording, document: string | undefined): Verified['handover'] {
  if (written === undefined) return 'none';
  return document === undefined ? 'absent' : 'as written';
}
