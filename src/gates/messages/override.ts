import type { Criterion, CriterionId, GateId } from '../../plan/gate-model.ts';
import { answer } from './answer.ts';
import { roleInWords } from './authorise.ts';
import type { Decision } from './decision.ts';
import { holdOnGate } from '../rules/hold.ts';
import type { LedgerEntry, Verdict } from '../ledger.ts';
import type { GatesState } from '../model.ts';
import { clear } from '../rounds.ts';

/**
 * Clears a gate in spite of what is unmet: for the role that the policy names, with a reason, and at the price of a review by
 * another person at the next gate.
 */
export function override({ draft, envelope, message, gate, sender }: Decision): Verdict {
  const { policy } = gate.gate;
  if (policy?.override === undefined) {
    return answer(
      draft,
      envelope,
      'REFUSED',
      `${gate.gate.id} cannot be overridden: its policy names no role for that`,
    );
  }
  const { role, review } = policy.override;
  if (sender.kind === 'listed' && !sender.person.roles.includes(role)) {
    return answer(draft, envelope, 'DENIED', `only ${roleInWords(draft.state, [role])} overrides ${gate.gate.id}`);
  }
  const hold = holdOnGate(draft.state, gate.gate);
  if (hold !== undefined) {
    return answer(
      draft,
      envelope,
      'REFUSED',
      `${gate.gate.id} is held by ${hold.by}: ${hold.reason}; release it first`,
    );
  }
  const { by, reason = '', note } = message;
  const added = addReview(draft.state, { gate: gate.gate.id, by, reason, review });
  if (added === undefined) return answer(draft, envelope, 'REFUSED', 'no later gate is left that could review it');
  draft.state = added.state;
  const vote = { by, at: draft.at, reason, note };
  draft.setGate(gate.gate.id, { ...gate, override: vote });
  const verdict = answer(draft, envelope, 'ACCEPTED', `overridden: ${reason}; ${added.criterion} reviews it`);
  clear(draft, gate.gate.id, `overridden by ${by}: ${reason}`);
  return { ...verdict, state: 'cleared', unmet: [] };
}

/** The criterion that reviews an override, by what its entry of the ledger says. */
export function reviewOf({ reason }: Pick<LedgerEntry, 'reason'>): CriterionId | undefined {
  return /; (\S+) reviews it$/.exec(reason)?.[1];
}

/** The first gate after it, in the plan's order, that has not been reached. */
function nextGate(state: GatesState, id: GateId): GateId | undefined {
  const ids = Object.keys(state.gates);
  // The gate of a single task may never open: the task can be skipped.
  return ids
    .slice(ids.indexOf(id) + 1)
    .find((one) => state.gates[one]?.state === 'pending' && state.gates[one].gate.guards === undefined);
}

interface Overridden {
  readonly gate: GateId;
  readonly by: string;
  readonly reason: string;
  /** Role that reviews it. */
  readonly review: string;
}

/** Adds the review of an override to the next gate; `undefined` when none is left. */
export function addReview(
  state: GatesState,
  { gate, by, reason, review }: Overridden,
): { state: GatesState; criterion: string } | undefined {
  const next = nextGate(state, gate);
  const reviewing = next === undefined ? undefined : state.gates[next];
  if (next === undefined || reviewing === undefined) return undefined;
  const number = reviewing.gate.criteria.length + 1;
  const criterion: Criterion = {
    id: `${next}/${String(number)}`,
    number,
    text: `Override of ${gate} by ${by} reviewed: ${reason}`.slice(0, 500).toWellFormed(),
    checks: [],
    approval: 'only',
    approvers: [{ roles: [review], quorum: 1 }],
    reviews: { gate, by },
    line: reviewing.gate.line,
  };
  const changed = { ...reviewing, gate: { ...reviewing.gate, criteria: [...reviewing.gate.criteria, criterion] } };
  return { state: { ...state, gates: { ...state.gates, [next]: changed } }, criterion: criterion.id };
}
