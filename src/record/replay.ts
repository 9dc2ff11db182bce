import { sha256 } from '../base/digest.ts';
import { handoverText } from '../contract/handover.ts';
import { roundDigest, startDigests } from '../gates/chain.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import { mayCountBeforehand } from '../gates/rounds.ts';
import { isMet } from '../gates/rules/criteria.ts';
import { holdOnGate } from '../gates/rules/hold.ts';
import type { GateId } from '../plan/gate-model.ts';
import { milestonesBefore } from '../plan/walk.ts';
import { Hearing } from './hearing.ts';
import type { Recording, WrittenHandover } from './recording.ts';
import { taskFault, timingFault, Walk } from './walk.ts';

/** Where the ledger says that something was done although the policy forbade it. */
export interface PolicyFault {
  readonly entry: number;
  readonly reason: string;
}

/**
 * Goes through a ledger entry by entry, has every message that counted judged again, keeps what has become of it, and looks at
 * every clearing and every task done whether the plan that was compiled allowed it at that instant.
 */
export function policyFault(entries: readonly LedgerEntry[], recording: Recording): PolicyFault | undefined {
  const { compiled } = recording;
  if (compiled === undefined) return undefined;
  const walk = new Walk(compiled.plan, recording);
  const hearing = new Hearing(walk, recording);
  for (const entry of entries) {
    const reason = entry.trust === 'phase' ? ofPhase(walk, entry, recording) : hearing.hear(entry);
    if (reason !== undefined) return { entry: entry.number, reason };
  }
  return undefined;
}

/** @returns why the entry cannot be, or nothing */
function ofPhase(walk: Walk, entry: LedgerEntry, recording: Recording): string | undefined {
  const { what, code, on } = entry;
  if (code !== 'ACCEPTED') return undefined;
  if (what === 'ended') walk.end();
  if (on === undefined) return undefined;
  switch (what) {
    case 'opened':
      return walk.open(on, entry);
    case 'cleared':
      return clear(walk, on, entry);
    case 'cleared beforehand':
      return countBeforehand(walk, on, entry, recording);
    case 'task done':
    case 'not recorded':
      return taskFault(walk, entry, recording);
    default:
      walk.note(on, entry);
      return undefined;
  }
}

function clear(walk: Walk, id: GateId, entry: LedgerEntry): string | undefined {
  const gate = walk.state.gates[id];
  if (gate === undefined) return `there is no gate ${id}`;
  if (gate.state !== 'open') return `${id} cleared while it was ${gate.state}`;
  if (gate.round !== entry.round) return `${id} cleared in another round than the one that was open`;
  const hold = holdOnGate(walk.state, gate.gate);
  if (hold !== undefined) return `${id} cleared while it was held by ${hold.by}`;
  if (gate.override === undefined) {
    const unmet = gate.gate.criteria.filter((one) => !isMet(walk.state, gate.gate, one));
    if (unmet.length > 0) return `${id} cleared although ${unmet.map((one) => one.id).join(', ')} was not met`;
    const untimely = timingFault(walk.state, gate, entry);
    if (untimely !== undefined) return untimely;
  }
  walk.set(id, { state: 'cleared' });
  return undefined;
}

/** Only what the start names: gates of the milestones before the one that it begins with, before any other opens. */
function countBeforehand(walk: Walk, id: GateId, { by = '' }: LedgerEntry, { input }: Recording): string | undefined {
  const gate = walk.state.gates[id];
  if (gate === undefined) return `there is no gate ${id}`;
  if (!mayCountBeforehand(gate.gate)) return `${id} was counted as cleared beforehand, which its policy forbids`;
  const { id: _, milestone = '', kind } = gate.gate;
  const earlier = input.from === undefined ? [] : milestonesBefore(walk.plan, input.from);
  const isMeant = (kind === 'entry' && id === 'entry' && input.from !== undefined) || earlier.includes(milestone);
  if (!isMeant || walk.hasOpened) return `${id} was counted as cleared beforehand, of which the start says nothing`;
  walk.set(id, { state: 'cleared', beforehand: { by, reason: '' } });
  return undefined;
}

/** Compares what an entry is based on with what the history holds. */
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
function handoverFault({ basedOn = {} }: LedgerEntry, { written, result }: Recording): string | undefined {
  const named = basedOn['handover'];
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

function startFault({ basedOn = {} }: LedgerEntry, { compiled, input, handover }: Recording): string | undefined {
  const found = startDigests({ compiled, input, handover });
  const changed = Object.keys({ ...found, ...basedOn }).find((what) => found[what] !== basedOn[what]);
  return changed === undefined ? undefined : `${names[changed] ?? changed} in the history is not the one that it names`;
}

function roundFault({ nonce = '', basedOn }: LedgerEntry, { rounds }: Recording): string | undefined {
  const opening = rounds.get(nonce);
  if (opening === undefined) return 'no history holds the beginning of this round';
  if (roundDigest(opening) === basedOn?.['round']) return undefined;
  return 'people or times of this round in the history are not those that it names';
}
