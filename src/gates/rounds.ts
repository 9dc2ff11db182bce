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
import { note, type Turn } from './turn.ts';

/** Opens the next round of a gate, with a clean slate; a gate without criteria clears at once. */
export function openRound(turn: Turn, event: GatesEvent & { type: 'open' }): void {
  const { gate: id, nonce, windows, rests } = event;
  const gate = turn.gate(id);
  if (gate === undefined || gate.state === 'open' || gate.state === 'cleared' || turn.state.over === true) return;
  const round = gate.round + 1;
  const times = event.times ?? timesOf(gate.gate.policy, turn.at);
  const isWithin = windows?.[0] !== undefined && windows[0].opens <= turn.at;
  turn.setGate(id, {
    gate: gate.gate,
    ...(gate.early === undefined ? {} : { early: gate.early }),
    ...(nonce === undefined ? {} : { nonce }),
    state: 'open',
    round,
    openedAt: turn.at,
    ...(times === undefined ? {} : { times }),
    ...(times?.deadline === undefined ? {} : { deadline: times.deadline }),
    ...(windows === undefined ? {} : { windows }),
    ...(isWithin ? { windowSince: turn.at } : {}),
    criteria: freshCriteria(turn.state, gate, round),
  });
  turn.record({
    what: 'opened',
    trust: 'phase',
    on: id,
    round,
    code: 'ACCEPTED',
    reason: `round ${String(round)} is open`,
    ...(nonce === undefined ? {} : { nonce }),
    ...(rests === undefined ? {} : { rests }),
  });
  clearIfMet(turn, id);
  if (turn.gate(id)?.state !== 'open') return;
  turn.effects.push({ type: 'notice', gate: id, kind: 'opened', reason: `round ${String(round)} is open` });
}

/** By all time; working time is computed outside. */
function timesOf(policy: GatePolicy | undefined, at: number): RoundTimes | undefined {
  const { wait, remind, deadline } = policy ?? {};
  if (wait === undefined && remind === undefined && deadline === undefined) return undefined;
  return {
    ...(wait === undefined ? {} : { wait: at + wait * 1000 }),
    ...(remind === undefined ? {} : { remind: remind.map((after) => at + after * 1000).toSorted((a, b) => a - b) }),
    ...(deadline === undefined ? {} : { deadline: at + deadline.after * 1000 }),
  };
}

/** Closes a gate that guards nothing any more; it opens again should its task be done again. */
export function closeGate(turn: Turn, { gate: id, reason }: GatesEvent & { type: 'close' }): void {
  const gate = turn.gate(id);
  if (gate?.state !== 'open' && gate?.state !== 'rejected') return;
  const { gate: planned, round } = gate;
  turn.setGate(id, { gate: planned, round, state: 'pending', criteria: {} });
  note(turn, gate, 'closed', reason);
  turn.effects.push({ type: 'notice', gate: id, kind: 'closed', reason });
}

/** Clears an open gate whose criteria all hold, in the same reduction in which the last one turned true. */
export function clearIfMet(turn: Turn, id: GateId): void {
  const gate = turn.gate(id);
  if (gate?.state !== 'open') return;
  const allMet = gate.gate.criteria.every((criterion) => isMet(turn.state, gate.gate, criterion));
  if (!hasSoaked(turn, gate, allMet)) return;
  if (gate.times?.wait !== undefined && gate.waited !== true) return;
  if (!isWithinWindow(gate, turn.at)) return;
  if (holdOnGate(turn.state, gate.gate) !== undefined) return;
  if (!isFresh(turn, gate)) return;
  const how = gate.gate.criteria.map((one) => `${String(one.number)} ${howMet(turn.state, gate.gate, one) ?? ''}`);
  clear(turn, id, how.length === 0 ? 'it has no criteria' : how.join('; '));
}

/** Clears a gate for the reason given. */
export function clear(turn: Turn, id: GateId, reason: string): void {
  const gate = turn.gate(id);
  if (gate === undefined) return;
  turn.setGate(id, { ...gate, state: 'cleared', closedAt: turn.at });
  const passes = passesOf(turn, gate);
  turn.record({
    what: 'cleared',
    trust: 'phase',
    on: id,
    round: gate.round,
    code: 'ACCEPTED',
    reason,
    ...(Object.keys(passes).length === 0 ? {} : { passes }),
  });
  turn.effects.push({ type: 'cleared', gate: id });
  turn.effects.push({ type: 'notice', gate: id, kind: gate.override === undefined ? 'closed' : 'overridden', reason });
}

/** Counts a gate as cleared that was passed before the phase started. */
export function clearBeforehand(turn: Turn, event: GatesEvent & { type: 'beforehand' }): void {
  const gate = turn.gate(event.gate);
  if (gate?.state !== 'pending') return;
  const { by, reason } = event;
  turn.setGate(event.gate, { ...gate, state: 'cleared', closedAt: turn.at, beforehand: { by, reason } });
  turn.record({ what: 'cleared beforehand', trust: 'phase', by, on: event.gate, code: 'ACCEPTED', reason });
}

/** Lines that a criterion's text repeats; the rest is where it says. */
const LINES = 5;
const TEXT_CHARACTERS = 1000;
const REASON_CHARACTERS = 1000;

/** Puts what a task's steps would do before people: the gate gets a criterion for each, and is ready for its next round. */
export function askChanges(turn: Turn, { gate: id, changes }: GatesEvent & { type: 'ask' }): void {
  const current = turn.gate(id);
  if (current?.gate.guards?.what !== 'changes' || current.state === 'open' || turn.state.over === true) return;
  const criteria = changes.map((one, index) => criterionOf(current.gate, index + 1, one));
  turn.setGate(id, { gate: { ...current.gate, criteria }, state: 'pending', round: current.round, criteria: {} });
  turn.record({
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
    rests: Object.fromEntries(criteria.map((criterion, index) => [criterion.id, changes[index]?.sha256 ?? ''])),
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
    ...(asked === undefined ? {} : { changes: { where: asked.where, sha256: asked.sha256 } }),
    line: gate.line,
  };
}

function inWords({ lines, where }: AskedChanges): string {
  const told = lines.slice(0, LINES).join('; ').slice(0, TEXT_CHARACTERS).toWellFormed();
  const rest = lines.length - LINES;
  return rest > 0 ? `${told}; and ${String(rest)} more, in ${where}` : told;
}

/**
 * Digest of what a step would do. It covers the very words that are put before people, so that nobody can be shown others than
 * those that the step then compares.
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
export function closing(turn: Turn, verdict: Verdict, before: GateState): Verdict {
  clearIfMet(turn, before.gate.id);
  const gate = turn.gate(before.gate.id);
  if (gate === undefined) return verdict;
  const { state } = gate;
  const waits = waitsInWords(turn.state, gate);
  return {
    ...verdict,
    state,
    ...(state === 'cleared' ? { unmet: [] } : {}),
    ...(waits.length === 0 ? {} : { waits }),
  };
}
