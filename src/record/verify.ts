import type { WorkflowBundleOption } from '@temporalio/worker';
import { sha256 } from '../base/digest.ts';
import { type HandoverDocument, handoverText } from '../contract/handover.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import { answersOf } from './answers.ts';
import { type Anchors, planFault } from './anchors.ts';
import { firstCompiledIn, lastCompiledIn } from './compiled.ts';
import { exchangeFault } from './exchange.ts';
import { described, neverStarted, type NeverStarted, type Verified } from './findings.ts';
import {
  endingOf,
  endsByItself,
  type Histories,
  nameOf,
  resetsOf,
  type RunEvents,
  type ShapeFault as Fault,
  startOf,
  wholeFault,
} from './history.ts';
import { arrivalsOf, messagesIn } from './messages.ts';
import { milestonesFault } from './milestones.ts';
import { ledgerOf, replayed, type ReplayedRun } from './replay.ts';
import { sealedAnswers } from './seals.ts';
import { type Signatures, type UsedKey, verifySignatures } from './signatures.ts';

export type { Fault, NeverStarted, Verified };

export interface VerifyOptions {
  /** The document that the phase wrote, where it is at hand. */
  readonly handover?: string | undefined;
  /** What the record is compared with besides itself. */
  readonly anchors?: Anchors;
}

/**
 * Checks the record of one phase from its histories alone. They are whole, and the workflows' code makes of what it was told exactly
 * what they hold: each entry of the ledger, each verdict and clearing, each order, report and result. What replay cannot show is
 * checked besides: that phase and milestones hold the same of each other, that signatures of people hold and nonces are new, that digests
 * are those of what they name. Signatures of workers are verified by replay itself.
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
    filesFault(histories, ledgerOf(phase), anchors);
  if (fault !== undefined) return fault;
  const signatures = await signaturesOf(phase, anchors);
  if ('reason' in signatures) return signatures;
  const sealed = sealedAnswers(phase, found.slice(histories.phase.length), anchors.workerKeys);
  if (sealed !== undefined && 'reason' in sealed) return sealed;
  const entries = ledgerOf(phase);
  const { head } = anchors;
  if (head !== undefined && !entries.some(({ hash }) => hash === head)) {
    return { where: 'the head given', reason: 'no entry of this ledger has this hash' };
  }
  return (
    neverStarted(histories, entries) ??
    described({ histories, found, phase, entries, signatures, sealed, handover, anchors })
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

function filesFault(histories: Histories, ledger: readonly LedgerEntry[], { plan }: Anchors): Fault | undefined {
  const last = lastCompiledIn(histories, ledger);
  const reason = last === undefined ? undefined : planFault(last, plan);
  return reason === undefined ? undefined : { where: 'the phase given', reason };
}

async function signaturesOf(phase: readonly ReplayedRun[], anchors: Anchors): Promise<Fault | Signatures> {
  const runs = phase.map(({ events }) => events);
  const { workflowId = '', firstExecutionRunId: firstRun = '' } = startOf(runs[0] ?? []) ?? {};
  const listed = phase.flatMap(({ produced }) => produced.openings.map(({ opening }) => opening.listed));
  const people = [
    firstCompiledIn({ phase: runs })?.plan.people ?? {},
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
