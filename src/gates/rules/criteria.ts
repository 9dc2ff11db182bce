import { own } from '../../base/json.ts';
import type { ApprovalRule, Criterion, Gate, GateId } from '../../plan/gate-model.ts';
import { assign, counted, isSatisfied, rulesOf } from '../../plan/quorum.ts';
import type { CheckState, CriterionState, GatesState, GateState, Vote } from '../model.ts';
import type { Draft } from '../draft.ts';
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
 * A criterion as it is asked now. If a check that decides alone has warned, a person has to accept the warning as well. If a deadline
 * was escalated, a further role speaks for every rule.
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

/**
 * Notes of every criterion of the open gates whether it is met, and since when. Looked at after every event that may have
 * changed it: an approval can stop counting by what happens at another gate.
 */
export function stampCriteria(draft: Draft, before: GatesState): void {
  const { gates, people, tasks } = draft.state;
  if (gates === before.gates && people === before.people && tasks === before.tasks) return;
  for (const gate of Object.values(gates)) if (gate.state === 'open') stamp(draft, gate);
}

function stamp(draft: Draft, gate: GateState): void {
  const changed = gate.gate.criteria.flatMap((criterion): [string, CriterionState][] => {
    const known = gate.criteria[criterion.id] ?? { votes: [], checks: {} };
    const met = isMet(draft.state, gate.gate, criterion);
    return known.met === met ? [] : [[criterion.id, { ...known, met, since: draft.at }]];
  });
  if (changed.length === 0) return;
  draft.setGate(gate.gate.id, { ...gate, criteria: { ...gate.criteria, ...Object.fromEntries(changed) } });
}

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
  const vote = { by, at: 0, roles };
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
