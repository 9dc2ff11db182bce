import { gatesOf } from './gate-order.ts';
import type { Criterion, Gate, GateId } from './gate-model.ts';
import type { Milestone, Plan } from './model.ts';

/**
 * A criterion counts as the same as an earlier one only where both gates ask it of the same people in the same way: a gate that
 * takes signed decisions alone, or decisions of others, must not be met by what was said before without.
 */
export function askedAgain(plan: Plan): Plan {
  const policies = new Map(gatesOf(plan).map((gate) => [gate.id, terms(gate)]));
  const again = (gate: Gate): Gate => ({
    ...gate,
    criteria: gate.criteria.map((criterion) => {
      const { sameAs, ...own } = criterion;
      if (sameAs === undefined || policies.get(gateOf(sameAs)) === terms(gate)) return criterion;
      return own satisfies Criterion;
    }),
  });
  const milestones = plan.milestones.map((milestone): Milestone => {
    const { entry, exit, quality, ...guards } = milestone.gates;
    return { ...milestone, gates: { entry: again(entry), ...guards, exit: again(exit), quality: again(quality) } };
  });
  return { ...plan, milestones, gates: { entry: plan.gates.entry, completion: again(plan.gates.completion) } };
}

/** Who may decide at a gate, and how. */
function terms({ policy = {} }: Gate): string {
  const { trust = 'asserted', distinct = [], distinctFrom = [] } = policy;
  return JSON.stringify([trust, [...distinct].sort(), [...distinctFrom].sort()]);
}

function gateOf(criterion: string): GateId {
  return criterion.slice(0, criterion.lastIndexOf('/'));
}
