import { digestOf } from '../base/digest.ts';
import type { Criterion, Gate, GateId, GatePolicy } from '../plan/gate-model.ts';
import type { AskedChanges, GatesEvent } from './events.ts';
import type { Verdict } from './ledger.ts';
import type { GateState, RoundTimes } from './model.ts';
import { freshCriteria, howMet, isMet } from './rules/criteria.ts';
import { isFresh, passesOf } from './rules/freshness.ts';
import { holdOnGate } from './rules/hold.ts';
import { hasSoaked } from './rules/soak.ts';
import { waitsInWords } from './rules/waits.ts';
import { isWithinWindow } from './rules/window.ts';
import { note, type Draft } from './draft.ts';

/** Opens the next round of a gate, with a clean slate; a gate without criteria clears at once. */
export function openRound(draft: Draft, event: GatesEvent & { type: 'open' }): void {
  const { gate: id, nonce, windows, basedOn } = event;
  const gate = draft.gate(id);
  if (gate === undefined || gate.state === 'open' || gate.state === 'cleared' || draft.state.over === true) return;
  const round = gate.round + 1;
  const times = event.times ?? timesOf(gate.gate.policy, draft.at);
  const isWithin = windows?.[0] !== undefined && windows[0].opens <= draft.at;
  draft.setGate(id, {
    gate: gate.gate,
    early: gate.early,
    nonce,
    state: 'open',
    round,
    openedAt: draft.at,
    times,
    deadline: times?.deadline,
    windows,
    ...(isWithin ? { windowSince: draft.at } : {}),
    criteria: freshCriteria(draft.state, gate, round),
  });
  draft.record({
    what: 'opened',
    trust: 'phase',
    on: id,
    round,
    code: 'ACCEPTED',
    reason: `round ${String(round)} is open`,
    nonce,
    basedOn,
  });
  clearIfMet(draft, id);
  if (draft.gate(id)?.state !== 'open') return;
  draft.effects.push({ type: 'notice', gate: id, kind: 'opened', reason: `round ${String(round)} is open` });
}

/** By all time; working time is computed outside. */
function timesOf(policy: GatePolicy | undefined, at: number): RoundTimes | undefined {
  const { wait, remind, deadline } = policy ?? {};
  if (wait === undefined && remind === undefined && deadline === undefined) return undefined;
  return {
    wait: wait === undefined ? undefined : at + wait * 1000,
    remind: remind === undefined ? undefined : remind.map((after) => at + after * 1000).toSorted((a, b) => a - b),
    deadline: deadline === undefined ? undefined : at + deadline.after * 1000,
  };
}

/** Closes a gate that guards nothing any more; it opens again should its task be done again. */
export function closeGate(draft: Draft, { gate: id, reason }: GatesEvent & { type: 'close' }): void {
  const gate = draft.gate(id);
  if (gate?.state !== 'open' && gate?.state !== 'rejected') return;
  const { gate: planned, round } = gate;
  draft.setGate(id, { gate: planned, round, state: 'pending', criteria: {} });
  note(draft, gate, 'closed', reason);
  draft.effects.push({ type: 'notice', gate: id, kind: 'closed', reason });
}

/** Clears an open gate whose criteria all hold, in the same reduction in which the last one turned true. */
export function clearIfMet(draft: Draft, id: GateId): void {
  const gate = draft.gate(id);
  if (gate?.state !== 'open') return;
  const allMet = gate.gate.criteria.every((criterion) => isMet(draft.state, gate.gate, criterion));
  if (!hasSoaked(draft, gate, allMet)) return;
  if (gate.times?.wait !== undefined && gate.waited !== true) return;
  if (!isWithinWindow(gate, draft.at)) return;
  if (holdOnGate(draft.state, gate.gate) !== undefined) return;
  if (!isFresh(draft, gate)) return;
  const how = gate.gate.criteria.map((one) => `${String(one.number)} ${howMet(draft.state, gate.gate, one) ?? ''}`);
  clear(draft, id, how.length === 0 ? 'it has no criteria' : how.join('; '));
}

/** Clears a gate for the reason given. */
export function clear(draft: Draft, id: GateId, reason: string): void {
  const gate = draft.gate(id);
  if (gate === undefined) return;
  draft.setGate(id, { ...gate, state: 'cleared', closedAt: draft.at });
  const passes = passesOf(draft, gate);
  draft.record({
    what: 'cleared',
    trust: 'phase',
    on: id,
    round: gate.round,
    code: 'ACCEPTED',
    reason,
    ...(Object.keys(passes).length === 0 ? {} : { passes }),
  });
  draft.effects.push({ type: 'notice', gate: id, kind: gate.override === undefined ? 'closed' : 'overridden', reason });
}

/** Counts a gate as cleared that was passed before the phase started. */
export function clearBeforehand(draft: Draft, event: GatesEvent & { type: 'beforehand' }): void {
  const gate = draft.gate(event.gate);
  if (gate?.state !== 'pending') return;
  const { by, reason } = event;
  draft.setGate(event.gate, { ...gate, state: 'cleared', closedAt: draft.at, beforehand: { by, reason } });
  draft.record({ what: 'cleared beforehand', trust: 'phase', by, on: event.gate, code: 'ACCEPTED', reason });
}

/** Lines that a criterion's text repeats; the rest is where it says. */
const LINES = 5;
const TEXT_CHARACTERS = 1000;
const REASON_CHARACTERS = 1000;

/** Puts what a task's steps would do before people: the gate gets a criterion for each, and is ready for its next round. */
export function askChanges(draft: Draft, { gate: id, changes }: GatesEvent & { type: 'ask' }): void {
  const current = draft.gate(id);
  if (current?.gate.guards?.what !== 'changes' || current.state === 'open' || draft.state.over === true) return;
  const criteria = changes.map((one, index) => criterionOf(current.gate, index + 1, one));
  draft.setGate(id, { gate: { ...current.gate, criteria }, state: 'pending', round: current.round, criteria: {} });
  draft.record({
    what: 'asked',
    trust: 'phase',
    on: id,
    code: 'ACCEPTED',
    reason: criteria
      .map(({ text }) => text)
      .join(' · ')
      .slice(0, REASON_CHARACTERS)
      .toWellFormed(),
    criteria: criteria.map((criterion) => criterion.id),
    basedOn: Object.fromEntries(criteria.map((criterion, index) => [criterion.id, changes[index]?.sha256 ?? ''])),
  });
}

/** A criterion that a step's changes have brought up; who decides it, the plan says. */
export function criterionOf(gate: Gate, number: number, asked?: AskedChanges): Criterion {
  return {
    id: `${gate.id}/${String(number)}`,
    number,
    text: asked === undefined ? '' : inWords(asked),
    checks: [],
    approval: 'only',
    ...gate.asks,
    changes: asked === undefined ? undefined : { where: asked.where, sha256: asked.sha256 },
    line: gate.line,
  };
}

function inWords({ lines, where }: AskedChanges): string {
  const told = lines.slice(0, LINES).join('; ').slice(0, TEXT_CHARACTERS).toWellFormed();
  const rest = lines.length - LINES;
  return rest > 0 ? `${told}; and ${String(rest)} more, in ${where}` : told;
}

/**
 * Digest of what a step would do. It covers the very words that people see, so that they cannot be shown other words than those that
 * the step then compares.
 *
 * @returns hex SHA-256
 */
export function changesDigest({ lines, where }: Pick<AskedChanges, 'lines' | 'where'>): string {
  return digestOf({ lines, where });
}

/**
 * Whether whoever starts a phase `from` a later milestone may count this gate as cleared by their word alone. Not where decisions
 * are signed, unless the policy says so: a name in the start's input proves nothing.
 */
export function mayCountBeforehand({ policy }: Gate): boolean {
  const stated = policy?.beforehand ?? (policy?.trust === 'signed' ? 'forbid' : 'allow');
  return stated === 'allow';
}

/** The gate may have cleared by the message just recorded: the verdict tells how it stands afterwards. */
export function closing(draft: Draft, verdict: Verdict, before: GateState): Verdict {
  clearIfMet(draft, before.gate.id);
  const gate = draft.gate(before.gate.id);
  if (gate === undefined) return verdict;
  const { state } = gate;
  const waits = waitsInWords(draft.state, gate);
  return {
    ...verdict,
    state,
    ...(state === 'cleared' ? { unmet: [] } : {}),
    ...(waits.length === 0 ? {} : { waits }),
  };
}
