import type { Plan } from './model.ts';

/** Numbers of the milestones that one depends on, directly or not, in document order. */
export function milestonesBefore(plan: Plan, number: string): string[] {
  const before = new Set<string>();
  const open = [number];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { from, to } of plan.milestoneDependencies) {
      if (to !== next || before.has(from)) continue;
      before.add(from);
      open.push(from);
    }
  }
  return plan.milestones.map((milestone) => milestone.number).filter((candidate) => before.has(candidate));
}
