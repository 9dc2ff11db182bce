import type { Criterion, GateId } from '../plan/model.ts';
import { isMet } from './criteria.ts';
import type { GatesState } from './model.ts';
import { own } from './turn.ts';

/** Criteria of a gate that are not met in its current round, in document order. */
export function unmet(state: GatesState, gateId: GateId): Criterion[] {
  const gate = own(state.gates, gateId);
  if (gate === undefined || gate.state === 'cleared') return [];
  return gate.gate.criteria.filter((criterion) => !isMet(criterion, gate.criteria[criterion.id]));
}

/** Who can clear a criterion by deciding: its approvers, or the operators who may waive what only checks decide. */
export function whoMayClear(state: GatesState, criterion: Criterion): { roles: string[]; people: string[] } {
  const roles = criterion.approval === 'no' ? state.operators : criterion.role === undefined ? null : [criterion.role];
  const people = Object.entries(state.people ?? {}).filter(([, person]) =>
    roles === null
      ? criterion.approval === 'no' || person.roles.length > 0
      : person.roles.some((role) => roles.includes(role)),
  );
  return { roles: [...(roles ?? [])], people: people.map(([id]) => id) };
}
