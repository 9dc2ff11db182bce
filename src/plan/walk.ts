import type { Gate, GateId } from './gate-model.ts';
import type { Plan } from './model.ts';

/** Every gate of a plan, in the order in which a phase meets them; those of tasks and lanes as the document has them. */
export function gatesOf({ gates, milestones }: Plan): Gate[] {
  const inner = milestones.flatMap(({ gates: { entry, guards = [], exit, quality } }) => [
    entry,
    ...guards,
    exit,
    quality,
  ]);
  return [gates.entry, ...inner, gates.completion];
}

/** Gates that have cleared for certain when this one opens. */
export function gatesBefore(plan: Plan, { id, kind, milestone, guards }: Gate): GateId[] {
  const all = gatesOf(plan);
  if (kind === 'completion') return all.filter((one) => one.id !== id).map((one) => one.id);
  if (milestone === undefined) return [];
  const earlier = milestonesBefore(plan, milestone);
  const own = all.filter((one) => one.milestone === milestone).map((one) => one.id);
  // The gates of two tasks may open in any order.
  const until = guards === undefined ? own.indexOf(id) : 1;
  return [
    plan.gates.entry.id,
    ...all.filter((one) => one.milestone !== undefined && earlier.includes(one.milestone)).map((one) => one.id),
    ...own.slice(0, until),
  ];
}

/** Whether a gate is meant by a `gate` check: its id, or `*` in place of the milestone (`*\/quality`). */
export function matchesGate(pattern: string, gate: GateId): boolean {
  if (!pattern.startsWith('*/')) return pattern === gate;
  const slash = gate.indexOf('/');
  return slash >= 0 && gate.slice(slash) === pattern.slice(1);
}

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
