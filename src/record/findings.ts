import { answersOf } from './answers.ts';
import type { Anchors } from './anchors.ts';
import { GENESIS } from '../gates/chain.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import { amendmentsIn } from './compiled.ts';
import { type Ending, endingOf, type Histories, phaseNameIn, resetsOf, startOf } from './history.ts';
import { messagesIn } from './messages.ts';
import { missingMilestones } from './milestones.ts';
import type { MissingRun } from './record-index.ts';
import type { ReplayedRun } from './replay.ts';
import type { SealedAnswers } from './seals.ts';
import type { Signatures, UsedKey } from './signatures.ts';

/** What was found right. */
export interface Verified {
  readonly workflowId: string;
  readonly phase: string;
  readonly entries: number;
  readonly messages: number;
  /** Signatures, each verified again. */
  readonly signed: number;
  /** What they were verified with. */
  readonly keys: readonly UsedKey[];
  /** Signed messages that were refused because the record did not list the key then, which it lists at another time. */
  readonly unlisted: number;
  /** Answers of activities, each verified again by replay. Absent: the phase has not asked for signed ones. */
  readonly sealed?: SealedAnswers;
  /** Events whose content was compared with what the workflows' code produces. */
  readonly compared: number;
  /** Gates that cleared by their policy alone. */
  readonly gates: number;
  /** Gates that were cleared by an override, with unmet criteria. */
  readonly overridden: readonly GateBy[];
  /** Gates that counted as cleared before the phase, as its start input says. */
  readonly beforehand: readonly GateBy[];
  /** Amendments of the plan: who sent them, and in which entry of the ledger they are. */
  readonly amended: readonly { readonly entry: number; readonly by: string }[];
  /** `absent`: the phase has written one, and it was not at hand. */
  readonly handover: 'none' | 'as written' | 'absent';
  readonly head: string;
  /** How many entries the head covers that was given; absent where none was. */
  readonly anchored?: number;
  /** Histories of milestones that were looked at, and those that were not at hand. */
  readonly milestones: { readonly seen: number; readonly missing: readonly MissingRun[] };
  /** How the phase ended. One that was ended from outside, or failed, has not written the end of its ledger. */
  readonly ended: Ending;
  /** How many entries more there were, by the memo: the phase was ended before they stood in a history. */
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

/** A phase that was refused when it was started: its record is whole, and holds no ledger. */
export interface NeverStarted {
  readonly workflowId: string;
  /** What the phase failed with: the sentence that says why. */
  readonly refusal: string;
  /** Messages that came before it failed, and were not judged. */
  readonly messages: number;
}

/** What is told of a phase that failed before it had recorded anything; nothing of any other. */
export function neverStarted({ phase }: Histories, entries: readonly LedgerEntry[]): NeverStarted | undefined {
  const last = phase.at(-1) ?? [];
  const failed = last.at(-1)?.workflowExecutionFailedEventAttributes;
  if (failed === undefined || entries.length > 0) return undefined;
  return {
    workflowId: startOf(last)?.workflowId ?? '',
    refusal: failed.failure?.message ?? 'it does not say why',
    messages: phase.flatMap(messagesIn).length,
  };
}

/** What a record was found sound by. */
export interface Sound {
  readonly histories: Histories;
  readonly found: readonly ReplayedRun[];
  readonly phase: readonly ReplayedRun[];
  readonly entries: readonly LedgerEntry[];
  readonly signatures: Signatures;
  readonly sealed: SealedAnswers | undefined;
  readonly handover: string | undefined;
  readonly anchors: Anchors;
}

export function described({
  histories,
  found,
  phase,
  entries,
  signatures,
  sealed,
  handover,
  anchors,
}: Sound): Verified {
  const said = entries.filter(saidBySomebody);
  const overridden = said.filter(({ what, code }) => what === 'override' && code === 'ACCEPTED').map(gateBy);
  const { workflowId = '' } = startOf(histories.phase[0] ?? []) ?? {};
  const told = Math.max(0, ...phase.map(({ produced }) => produced.told));
  return {
    workflowId,
    phase: phaseNameIn(histories),
    entries: entries.length,
    messages: said.length,
    signed: signatures.held,
    keys: signatures.keys,
    unlisted: signatures.refused,
    ...(sealed === undefined ? {} : { sealed }),
    compared: found.reduce((sum, { compared }) => sum + compared, 0),
    beyond: Math.max(0, told - (entries.at(-1)?.number ?? 0)),
    ended: endingOf(histories.phase.at(-1) ?? []),
    gates: entries.filter(({ what, trust }) => what === 'cleared' && trust === 'phase').length - overridden.length,
    overridden,
    beforehand: entries.filter(({ what, trust }) => what === 'cleared beforehand' && trust === 'phase').map(gateBy),
    amended: amendmentsIn(entries).map(({ number, by = '' }) => ({ entry: number, by })),
    handover: handoverState(histories, handover),
    head: entries.at(-1)?.hash ?? GENESIS,
    ...(anchors.head === undefined ? {} : { anchored: entries.find(({ hash }) => hash === anchors.head)?.number ?? 0 }),
    milestones: { seen: histories.milestones.length, missing: lackingMilestones(histories) },
    afterwards: histories.phase.flatMap(messagesIn).length - said.length,
    resets: histories.phase.reduce((sum, run) => sum + resetsOf(run), 0),
  };
}

/** Entries of messages. A pre-approval has a second entry when its gate opens. */
function saidBySomebody({ trust, what, message }: LedgerEntry): boolean {
  return trust !== 'phase' && what !== 'pre-approval' && message !== undefined;
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

function handoverState({ phase }: Histories, document: string | undefined): Verified['handover'] {
  if (!phase.some((events) => answersOf(events, 'writeHandover').length > 0)) return 'none';
  return document === undefined ? 'absent' : 'as written';
}
