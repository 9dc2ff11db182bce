import type { GateId, GatePolicy } from '../plan/gate-model.ts';
import { freshCriteria, howMet, isMet } from './criteria.ts';
import { holdOnGate } from './holds.ts';
import { isFresh, passesOf } from './freshness.ts';
import type { GatesEvent } from './events.ts';
import type { RoundTimes } from './model.ts';
import { note } from './note.ts';
import { hasSoaked } from './soak.ts';
import type { Turn } from './turn.ts';
import { isWithinWindow } from './window.ts';

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
