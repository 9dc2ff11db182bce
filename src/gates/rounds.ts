import type { CriterionId, GateId } from '../plan/model.ts';
import { freshCriteria, howMet, isMet } from './criteria.ts';
import { digestOf } from './chain.ts';
import { holdOnGate } from './holds.ts';
import { isFresh } from './freshness.ts';
import type { CheckState, GatesEvent, GateState, Vote } from './model.ts';
import type { Turn } from './turn.ts';

/** Opens the next round of a gate, with a clean slate; a gate without criteria clears at once. */
export function openRound(turn: Turn, id: GateId, nonce?: string): void {
  const gate = turn.gate(id);
  if (gate === undefined || gate.state === 'open' || gate.state === 'cleared' || turn.state.over === true) return;
  const round = gate.round + 1;
  const after = gate.gate.policy?.deadline?.after;
  turn.setGate(id, {
    gate: gate.gate,
    ...(gate.early === undefined ? {} : { early: gate.early }),
    ...(nonce === undefined ? {} : { nonce }),
    state: 'open',
    round,
    openedAt: turn.at,
    ...(after === undefined ? {} : { deadline: turn.at + after * 1000 }),
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
  });
  clearIfMet(turn, id);
}

/** Clears an open gate whose criteria all hold, in the same reduction in which the last one turned true. */
export function clearIfMet(turn: Turn, id: GateId): void {
  const gate = turn.gate(id);
  if (gate?.state !== 'open') return;
  if (!gate.gate.criteria.every((criterion) => isMet(turn.state, gate.gate, criterion))) return;
  if (gate.gate.policy?.wait !== undefined && gate.waited !== true) return;
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
  const known = before.checks[event.check];
  // What was found last still counts as what people have seen while nothing new has been found.
  const kept = evidence ?? known?.evidence;
  const found = {
    state,
    at: turn.at,
    ...(reason === undefined ? {} : { reason }),
    ...(kept === undefined ? {} : { evidence: kept }),
  };
  const why = staleVotes(known, found);
  const looked = turn.setCriterion(confirmed(gate, event.check), criterion.id, {
    ...before,
    ...(why === undefined ? {} : { votes: [] }),
    checks: { ...before.checks, [event.check]: found },
  });
  if (why !== undefined && before.votes.length > 0) voided(turn, looked, criterion.id, before.votes, why);
  // Polls that find the same again are no news; the ledger tells changes.
  if (known?.state !== state) {
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

/** Why votes on a criterion no longer speak for what its check finds: other evidence, or a warning that they have not seen. */
function staleVotes(before: CheckState | undefined, now: CheckState): string | undefined {
  if (before === undefined) return undefined;
  if (before.state !== 'warned' && now.state === 'warned') return 'its check warns now';
  if (before.evidence === undefined || digestOf(before.evidence) === digestOf(now.evidence)) return undefined;
  return 'its evidence has changed';
}

function voided(turn: Turn, gate: GateState, id: CriterionId, votes: readonly Vote[], why: string): void {
  turn.record({
    what: 'voided',
    trust: 'phase',
    on: id,
    round: gate.round,
    code: 'ACCEPTED',
    reason: `${why}: the approval of ${votes.map(({ by }) => by).join(' and ')} does not count any more`,
    criteria: [id],
  });
}

/** A check that was looked at again is no longer waited for. */
function confirmed(gate: GateState, check: string): GateState {
  if (gate.confirming === undefined) return gate;
  const { pending, times } = gate.confirming;
  return { ...gate, confirming: { pending: pending.filter((id) => id !== check), times } };
}
