import type { WorkflowBundleOption } from '@temporalio/worker';
import { sha256 } from '../base/digest.ts';
import type { CompiledPhase } from '../contract/activities.ts';
import { type HandoverDocument, handoverText } from '../contract/handover.ts';
import { GENESIS } from '../gates/chain.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import { type Anchors, planFault } from './anchors.ts';
import { exchangeFault } from './exchange.ts';
import {
  answersOf,
  type Ending,
  endingOf,
  endsByItself,
  type Histories,
  nameOf,
  phaseNameIn,
  resetsOf,
  type RunEvents,
  type ShapeFault as Fault,
  startOf,
  wholeFault,
} from './history.ts';
import { arrivalsOf, messagesIn } from './messages.ts';
import { milestonesFault, missingMilestones } from './milestones.ts';
import type { MissingRun } from './record-index.ts';
import { ledgerOf, replayed, type ReplayedRun } from './replay.ts';
import { type Signatures, type UsedKey, verifySignatures } from './signatures.ts';

export type { Fault };

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
  /** Events whose content was compared with what the workflows' code produces. */
  readonly compared: number;
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

export interface VerifyOptions {
  /** The document that the phase wrote, where it is at hand. */
  readonly handover?: string | undefined;
  /** What the record is compared with besides itself. */
  readonly anchors?: Anchors;
}

/**
 * Checks the record of one phase from its histories alone. They are whole, and the workflows' code makes of what it was told exactly
 * what they hold: each entry of the ledger, each verdict and clearing, each order, report and result. What replay cannot show is
 * checked besides: that phase and milestones hold the same of each other, that signatures hold and nonces are new, that digests are
 * those of what they name.
 *
 * @param bundle the workflows' code, as `bundleForReplay` makes it
 * @returns what was found, or the first thing that is not as it was written
 */
export async function verify(
  histories: Histories,
  bundle: WorkflowBundleOption,
  { handover, anchors = {} }: VerifyOptions = {},
): Promise<Verified | NeverStarted | Fault> {
  const shape = firstOf([...histories.phase, ...histories.milestones], wholeFault) ?? endFault(histories.phase);
  if (shape !== undefined) return shape;
  const found = await replayed([...histories.phase, ...histories.milestones], bundle);
  if ('reason' in found) return found;
  const phase = found.slice(0, histories.phase.length);
  const fault =
    milestonesFault(histories, takesOver(histories)) ??
    exchangeFault(phase, found.slice(histories.phase.length)) ??
    nonceFault(phase) ??
    handoverFault(histories, handover) ??
    startFault(histories, anchors);
  if (fault !== undefined) return fault;
  const signatures = await signaturesOf(phase, anchors);
  if ('reason' in signatures) return signatures;
  const entries = ledgerOf(phase);
  const { head } = anchors;
  if (head !== undefined && !entries.some(({ hash }) => hash === head)) {
    return { where: 'the head given', reason: 'no entry of this ledger has this hash' };
  }
  return (
    neverStarted(histories, entries) ?? described({ histories, found, phase, entries, signatures, handover, anchors })
  );
}

/** Why a record is not of a phase that has ended, with all of its runs. */
function endFault(runs: readonly RunEvents[]): Fault | undefined {
  const where = 'the histories';
  for (const [index, run] of runs.entries()) {
    const ending = endingOf(run);
    const next = runs[index + 1];
    if (ending === 'open') return { where, reason: 'this phase has not ended, or its history is cut' };
    if (ending !== 'continued') continue;
    if (next === undefined) return { where, reason: 'the run is missing that the last one continued as' };
    // Replay compares the one with what the code has handed over, and goes by the other.
    const handed = run.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.input;
    if (JSON.stringify(handed?.payloads) === JSON.stringify(startOf(next)?.input?.payloads)) continue;
    return {
      where: `the history of ${nameOf(next)}`,
      reason: 'it does not begin with what the run before has handed over',
    };
  }
  return undefined;
}

/**
 * Whether milestones may be the phase's of which its histories do not tell: after a reset, or in a run that it has continued as,
 * it takes over what runs; one that was ended from outside may not have heard of what it had started.
 */
function takesOver({ phase }: Histories): boolean {
  return phase.length > 1 || phase.some((run) => resetsOf(run) > 0) || !endsByItself(phase);
}

/** A nonce that came again would let a signature count in another round than the one that it was made for. */
function nonceFault(phase: readonly ReplayedRun[]): Fault | undefined {
  const known = new Set<string>();
  for (const { events, produced } of phase) {
    for (const { event, opening } of produced.openings) {
      if (known.has(opening.nonce)) return at(events, event, 'the nonce of this round was that of another one before');
      known.add(opening.nonce);
    }
  }
  return undefined;
}

/** What the phase wrote is what the activity was given, and what stands beside the record. */
function handoverFault({ phase }: Histories, text: string | undefined): Fault | undefined {
  for (const events of phase) {
    for (const { event, input, answer } of answersOf(events, 'writeHandover')) {
      const { sha256: named } = answer as { sha256?: string };
      if (sha256(handoverText(input as HandoverDocument)) !== named) {
        return at(events, event, 'the digest of the hand-over is not that of what was handed over');
      }
      if (text !== undefined && sha256(text) !== named) {
        return { where: 'the hand-over', reason: 'it is not the document that the phase wrote' };
      }
    }
  }
  return undefined;
}

function startFault(histories: Histories, { plan }: Anchors): Fault | undefined {
  const compiled = compiledIn(histories);
  const reason = compiled === undefined ? undefined : planFault(compiled, plan);
  return reason === undefined ? undefined : { where: 'the phase given', reason };
}

function compiledIn({ phase: [first = []] }: Pick<Histories, 'phase'>): CompiledPhase | undefined {
  return answersOf(first, 'compilePhase')[0]?.answer as CompiledPhase | undefined;
}

async function signaturesOf(phase: readonly ReplayedRun[], anchors: Anchors): Promise<Fault | Signatures> {
  const runs = phase.map(({ events }) => events);
  const { workflowId = '', firstExecutionRunId: firstRun = '' } = startOf(runs[0] ?? []) ?? {};
  const listed = phase.flatMap(({ produced }) => produced.openings.map(({ opening }) => opening.listed));
  const people = [
    compiledIn({ phase: runs })?.plan.people ?? {},
    ...listed.map((now) => (now !== undefined && 'people' in now ? (now.people ?? {}) : {})),
  ];
  const arrivals = arrivalsOf(runs.flatMap(messagesIn));
  const keys: UsedKey[] = [];
  let held = 0;
  let refused = 0;
  for (const { events, produced } of phase) {
    const found = await verifySignatures(produced.proofs, { workflowId, firstRun, arrivals, people, anchors });
    if ('reason' in found) return at(events, found.event, found.reason);
    keys.push(...found.keys);
    held += found.held;
    refused += found.refused;
  }
  const distinct = new Map(keys.map((key) => [JSON.stringify(key), key]));
  return { keys: [...distinct.values()], held, refused };
}

function firstOf<T, F>(all: readonly T[], find: (one: T) => F | undefined): F | undefined {
  for (const one of all) {
    const fault = find(one);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function at(events: RunEvents, event: number, reason: string): Fault {
  return { where: `event ${String(event)} of the history of ${nameOf(events)}`, reason };
}

function neverStarted({ phase }: Histories, entries: readonly LedgerEntry[]): NeverStarted | undefined {
  const last = phase.at(-1) ?? [];
  const failed = last.at(-1)?.workflowExecutionFailedEventAttributes;
  if (failed === undefined || entries.length > 0) return undefined;
  return {
    workflowId: startOf(last)?.workflowId ?? '',
    refusal: failed.failure?.message ?? 'it does not say why',
    messages: phase.flatMap(messagesIn).length,
  };
}

interface Sound {
  readonly histories: Histories;
  readonly found: readonly ReplayedRun[];
  readonly phase: readonly ReplayedRun[];
  readonly entries: readonly LedgerEntry[];
  readonly signatures: Signatures;
  readonly handover: string | undefined;
  readonly anchors: Anchors;
}

function described({ histories, found, phase, entries, signatures, handover, anchors }: Sound): Verified {
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
    compared: found.reduce((sum, { compared }) => sum + compared, 0),
    beyond: Math.max(0, told - (entries.at(-1)?.number ?? 0)),
    ended: endingOf(histories.phase.at(-1) ?? []),
    gates: entries.filter(({ what, trust }) => what === 'cleared' && trust === 'phase').length - overridden.length,
    overridden,
    beforehand: entries.filter(({ what, trust }) => what === 'cleared beforehand' && trust === 'phase').map(gateBy),
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
