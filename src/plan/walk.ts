import type { Gate, GateId } from './gate-model.ts';
import type { Plan, Task } from './model.ts';

/** All gates of a plan, in the order in which they open. Gates of tasks and lanes are in document order. */
export function gatesOf({ gates, milestones }: Plan): Gate[] {
  const inner = milestones.flatMap(({ gates: { entry, guards = [], exit, quality } }) => [
    entry,
    ...guards,
    exit,
    quality,
  ]);
  return [gates.entry, ...inner, gates.completion];
}

/** All tasks of a plan, each with its milestone and its lane. */
export function tasksOf(plan: Plan): { milestone: string; lane: string; task: Task }[] {
  return plan.milestones.flatMap(({ number, lanes }) =>
    lanes.flatMap((lane) => lane.tasks.map((task) => ({ milestone: number, lane: lane.id, task }))),
  );
}

/** Gates that have certainly cleared when this gate opens. */
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

/** True when the pattern of a `gate` check names the gate. A pattern is a gate id, or has `*` for the milestone (`*\/quality`). */
export function matchesGate(pattern: string, gate: GateId): boolean {
  if (!pattern.startsWith('*/')) return pattern === gate;
  const slash = gate.indexOf('/');
  return slash >= 0 && gate.slice(slash) === pattern.slice(1);
}

/** Numbers of the milestones that a milestone depends on, directly or indirectly, in document order. */
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
