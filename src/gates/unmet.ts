import type { ApprovalRule, Criterion, Gate, GateId } from '../plan/gate-model.ts';
import { asAsked, isMet, validVotes } from './criteria.ts';
import type { GatesState } from './model.ts';
import { assign, counted, rulesOf } from '../plan/quorum.ts';
import { excluded } from './separation.ts';
import { own } from './turn.ts';

/** Criteria of a gate that are not met in its current round, in document order. */
export function unmet(state: GatesState, gateId: GateId): Criterion[] {
  const gate = own(state.gates, gateId);
  if (gate === undefined || gate.state === 'cleared') return [];
  return gate.gate.criteria.filter((criterion) => !isMet(state, gate.gate, criterion));
}

/** Who can bring a criterion nearer to being met, and who holds a role for it but may not. */
export interface Deciders {
  readonly roles: readonly string[];
  readonly people: readonly string[];
  readonly excluded: readonly { readonly by: string; readonly why: string }[];
}

/** Who can clear a criterion by deciding: its approvers, or the operators who may waive what only checks decide. */
export function whoMayClear(state: GatesState, gate: Gate, planned: Criterion): Deciders {
  const criterion = asAsked(state, gate, planned);
  const roles = criterion.approval === 'no' ? (state.operators ?? []) : missingRoles(state, gate, criterion);
  const able = Object.entries(state.people ?? {}).filter(([by, person]) =>
    criterion.approval === 'no'
      ? state.operators === null || person.roles.some((role) => state.operators?.includes(role) === true)
      : wouldCount(state, gate, criterion, { by, roles: person.roles }),
  );
  const barred = able.flatMap(([by]) => {
    const why = excluded(state, gate, by, criterion);
    return why === undefined ? [] : [{ by, why }];
  });
  const names = barred.map(({ by }) => by);
  return { roles, people: able.map(([by]) => by).filter((by) => !names.includes(by)), excluded: barred };
}

/** Whether one more vote of that person would count towards a criterion. */
export function wouldCount(
  state: GatesState,
  gate: Gate,
  planned: Criterion,
  { by, roles }: { by: string; roles?: readonly string[] },
): boolean {
  const criterion = asAsked(state, gate, planned);
  const votes = validVotes(state, gate, criterion);
  if (votes.some((vote) => vote.by === by)) return false;
  const vote = { by, at: 0, ...(roles === undefined ? {} : { roles }) };
  const rules = rulesOf(criterion);
  return counted(rules, [...votes, vote], criterion.ordered) > counted(rules, votes, criterion.ordered);
}

/** "1 more Stakeholder, Security Lead": what is still missing of a criterion's rules. */
export function missingApprovals(state: GatesState, gate: Gate, planned: Criterion): string {
  const criterion = asAsked(state, gate, planned);
  if (criterion.approval === 'no') return '';
  return missing(state, gate, criterion)
    .map(({ rule, count }) => {
      const role = rule.roles?.join(' or ') ?? 'any role';
      if (rule.quorum === 1) return role;
      return count === rule.quorum ? `${String(count)} ${role}` : `${String(count)} more ${role}`;
    })
    .join(criterion.ordered === true ? ', then ' : ', ');
}

function missingRoles(state: GatesState, gate: Gate, criterion: Criterion): string[] {
  return [...new Set(missing(state, gate, criterion).flatMap(({ rule }) => rule.roles ?? []))];
}

function missing(state: GatesState, gate: Gate, criterion: Criterion): { rule: ApprovalRule; count: number }[] {
  const rules = rulesOf(criterion);
  const assigned = assign(rules, validVotes(state, gate, criterion), criterion.ordered);
  return rules.flatMap((rule, index) => {
    const count = rule.quorum - (assigned[index]?.length ?? 0);
    return count > 0 ? [{ rule, count }] : [];
  });
}
