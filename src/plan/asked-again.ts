import { gatesOf } from './gate-order.ts';
import type { Criterion, CriterionId, Gate, GateId } from './gate-model.ts';
import type { Milestone, Plan } from './model.ts';

/**
 * A criterion that an earlier gate asks too, and of which the playbook says nothing at the later one, is met there as it is met
 * here: by the same people and checks. So in a later round, or after a deadline, nobody else may approve it.
 *
 * It counts as the same only where both gates ask it under the same terms: a gate that takes signed decisions alone, or decisions
 * of others, must not be met by what was said before without.
 */
export function askedAgain(plan: Plan): Plan {
  const gates = gatesOf(plan);
  const policies = new Map(gates.map((gate) => [gate.id, terms(gate)]));
  const criteria = new Map(gates.flatMap((gate) => gate.criteria.map((one) => [one.id, one])));
  const again = (gate: Gate): Gate => ({
    ...gate,
    criteria: gate.criteria.map((criterion) => {
      const { sameAs, ...own } = criterion;
      const source = sameAs === undefined ? undefined : criteria.get(sameAs);
      if (sameAs === undefined || source === undefined) return criterion;
      const asked = { ...own, ...meansOf(source, criterion.id) };
      return policies.get(gateOf(sameAs)) === terms(gate) ? { ...asked, sameAs } : asked;
    }),
  });
  const milestones = plan.milestones.map((milestone): Milestone => {
    const { entry, exit, quality, ...guards } = milestone.gates;
    return { ...milestone, gates: { entry: again(entry), ...guards, exit: again(exit), quality: again(quality) } };
  });
  return { ...plan, milestones, gates: { entry: plan.gates.entry, completion: again(plan.gates.completion) } };
}

/** How a criterion is met, for another one that is met in the same way. */
function meansOf(source: Criterion, id: CriterionId) {
  const { approval, approvers, ordered, evidence, onWarning } = source;
  return {
    checks: source.checks.map((check) => ({ ...check, id: `${id}${check.id.slice(source.id.length)}` })),
    approval,
    ...(approvers === undefined ? {} : { approvers }),
    ...(ordered === undefined ? {} : { ordered }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(onWarning === undefined ? {} : { onWarning }),
  };
}

/** Who may decide at a gate, and how. */
function terms(gate: Gate): string {
  const { trust = 'asserted', distinct = [], distinctFrom = [] } = gate.policy ?? {};
  const work = distinct.includes('completers') ? guardedMilestone(gate) : '';
  return JSON.stringify([trust, [...distinct].sort(), work, [...distinctFrom].sort()]);
}

/** Whose completers may not decide. */
function guardedMilestone({ kind, milestone = '' }: Gate): string {
  if (kind === 'entry') return 'none';
  return kind === 'completion' ? 'all' : milestone;
}

function gateOf(criterion: string): GateId {
  return criterion.slice(0, criterion.lastIndexOf('/'));
}
