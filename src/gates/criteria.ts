import type { Criterion, Gate } from '../plan/gate-model.ts';
import type { CheckState, CriterionState, GatesState, GateState, Vote } from './model.ts';
import { isSatisfied, rulesOf } from '../plan/quorum.ts';
import { excluded } from './separation.ts';

/** How a criterion came to be met, in words for the ledger; `undefined` while it is unmet. */
export function howMet(state: GatesState, gate: Gate, planned: Criterion): string | undefined {
  const criterion = asAsked(state, gate, planned);
  const now = state.gates[gate.id]?.criteria[criterion.id];
  if (now === undefined) return undefined;
  if (now.waiver !== undefined) return `waived by ${now.waiver.by}`;
  if (now.sameAs !== undefined) return `same as ${now.sameAs}`;
  const approved = approvedBy(state, gate, criterion);
  const passed =
    criterion.checks.length > 0 && criterion.checks.every(({ id }) => holds(now.checks[id]?.state, criterion));
  const checked = passed ? `checked by ${criterion.checks.map(({ kind }) => kind).join(', ')}` : undefined;
  switch (criterion.approval) {
    case 'only':
      return approved;
    case 'no':
      return checked;
    case 'or':
      return approved ?? checked;
    case 'and':
      return approved !== undefined && checked !== undefined ? `${approved}, ${checked}` : undefined;
  }
}

export function isMet(state: GatesState, gate: Gate, criterion: Criterion): boolean {
  return howMet(state, gate, criterion) !== undefined;
}

/** Votes that nothing stands against now. */
export function validVotes(state: GatesState, gate: Gate, criterion: Criterion): Vote[] {
  const votes = state.gates[gate.id]?.criteria[criterion.id]?.votes ?? [];
  return votes.filter(({ by }) => excluded(state, gate, by, criterion) === undefined);
}

/**
 * A criterion as it is asked now: where a check that decides alone has warned, somebody has to accept the warning besides; where
 * a deadline was escalated, a further role speaks for every rule.
 */
export function asAsked(state: GatesState, gate: Gate, planned: Criterion): Criterion {
  const now = state.gates[gate.id];
  const criterion = withWarning(state, now?.criteria[planned.id], planned);
  const further = now?.escalatedTo;
  if (further === undefined || criterion.approval === 'no') return criterion;
  const approvers = rulesOf(criterion).map((rule) => {
    return rule.roles === undefined ? rule : { ...rule, roles: [...rule.roles, further] };
  });
  return { ...criterion, approvers };
}

function withWarning({ operators }: GatesState, now: CriterionState | undefined, criterion: Criterion): Criterion {
  if (criterion.approval !== 'no') return criterion;
  if (!Object.values(now?.checks ?? {}).some((check) => check.state === 'warned')) return criterion;
  const roles = criterion.onWarning === undefined ? operators : [criterion.onWarning];
  return { ...criterion, approval: 'and', approvers: [{ ...(roles === null ? {} : { roles }), quorum: 1 }] };
}

/** A warning does where a person approves besides; where the check would do alone it does not. */
function holds(found: CheckState['state'] | undefined, { approval }: Criterion): boolean {
  return found === 'passed' || (found === 'warned' && approval === 'and');
}

/** By whom a criterion's approvals were given; `undefined` while some are missing. */
export function approvedBy(state: GatesState, gate: Gate, criterion: Criterion): string | undefined {
  const votes = state.gates[gate.id]?.criteria[criterion.id]?.votes ?? [];
  if (votes.length === 0) return undefined;
  const valid = validVotes(state, gate, criterion);
  if (!isSatisfied(rulesOf(criterion), valid, criterion.ordered)) return undefined;
  return `approved by ${valid.map(({ by }) => by).join(' and ')}`;
}

/** State of a gate's criteria as a round opens. */
export function freshCriteria(state: GatesState, { gate }: GateState, round: number): GateState['criteria'] {
  return Object.fromEntries(
    gate.criteria.map((criterion): [string, CriterionState] => {
      // Only in a first round: a later one follows rework, so that what was asked elsewhere no longer speaks for now.
      const holds = round === 1 && criterion.sameAs !== undefined && wasMet(state, criterion.sameAs);
      return [criterion.id, { votes: [], checks: {}, ...(holds ? { sameAs: criterion.sameAs } : {}) }];
    }),
  );
}

function wasMet(state: GatesState, id: string): boolean {
  const source = Object.values(state.gates).find(({ gate }) => gate.criteria.some((criterion) => criterion.id === id));
  const criterion = source?.gate.criteria.find((one) => one.id === id);
  if (source?.state !== 'cleared' || criterion === undefined) return false;
  return source.beforehand !== undefined || isMet(state, source.gate, criterion);
}
