import type { GateId } from '../plan/model.ts';
import { freshCriteria, howMet, isMet } from './criteria.ts';
import type { GatesEvent } from './model.ts';
import type { Turn } from './turn.ts';

/** Opens the next round of a gate, with a clean slate; a gate without criteria clears at once. */
export function openRound(turn: Turn, id: GateId): void {
  const gate = turn.gate(id);
  if (gate === undefined || gate.state === 'open' || gate.state === 'cleared' || turn.state.over === true) return;
  const round = gate.round + 1;
  turn.setGate(id, {
    gate: gate.gate,
    state: 'open',
    round,
    openedAt: turn.at,
    criteria: freshCriteria(turn.state, gate, round),
  });
  turn.record({
    what: 'opened',
    trust: 'phase',
    on: id,
    round,
    code: 'ACCEPTED',
    reason: `round ${String(round)} is open`,
  });
  clearIfMet(turn, id);
}

/** Clears an open gate whose criteria all hold, in the same reduction in which the last one turned true. */
export function clearIfMet(turn: Turn, id: GateId): void {
  const gate = turn.gate(id);
  if (gate?.state !== 'open') return;
  if (!gate.gate.criteria.every((criterion) => isMet(turn.state, gate.gate, criterion))) return;
  const how = gate.gate.criteria.map((one) => `${String(one.number)} ${howMet(turn.state, gate.gate, one) ?? ''}`);
  clear(turn, id, how.length === 0 ? 'it has no criteria' : how.join('; '));
}

/** Clears a gate for the reason given. */
export function clear(turn: Turn, id: GateId, reason: string): void {
  const gate = turn.gate(id);
  if (gate === undefined) return;
  turn.setGate(id, { ...gate, state: 'cleared', closedAt: turn.at });
  turn.record({ what: 'cleared', trust: 'phase', on: id, round: gate.round, code: 'ACCEPTED', reason });
  turn.effects.push({ type: 'cleared', gate: id });
}

/** Counts a gate as cleared that was passed before the phase started. */
export function clearBeforehand(turn: Turn, event: GatesEvent & { type: 'beforehand' }): void {
  const gate = turn.gate(event.gate);
  if (gate?.state !== 'pending') return;
  const { by, reason } = event;
  turn.setGate(event.gate, { ...gate, state: 'cleared', closedAt: turn.at, beforehand: { by, reason } });
  turn.record({ what: 'cleared beforehand', trust: 'phase', by, on: event.gate, code: 'ACCEPTED', reason });
}

/** Takes what a check found; of another round than the open one it says nothing about now. */
export function takeCheck(turn: Turn, event: GatesEvent & { type: 'check' }): void {
  const gate = turn.gate(event.gate);
  if (gate?.state !== 'open' || gate.round !== event.round) return;
  const criterion = gate.gate.criteria.find(({ checks }) => checks.some(({ id }) => id === event.check));
  if (criterion === undefined) return;
  const before = gate.criteria[criterion.id] ?? { votes: [], checks: {} };
  const { result: state, reason, evidence } = event;
  const found = {
    state,
    at: turn.at,
    ...(reason === undefined ? {} : { reason }),
    ...(evidence === undefined ? {} : { evidence }),
  };
  turn.setCriterion(gate, criterion.id, { ...before, checks: { ...before.checks, [event.check]: found } });
  // Polls that find the same again are no news; the ledger tells changes.
  if (before.checks[event.check]?.state !== state) {
    const [first] = evidence ?? [];
    turn.record({
      what: 'check',
      trust: 'phase',
      on: event.check,
      round: gate.round,
      code: 'ACCEPTED',
      reason: `${state}${reason === undefined ? '' : `: ${reason}`}`,
      ...(first === undefined ? {} : { evidence: first }),
    });
  }
  clearIfMet(turn, event.gate);
}
