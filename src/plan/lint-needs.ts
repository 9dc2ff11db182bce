import { sortGraph } from './graph.ts';
import type { LintReport } from './lint.ts';
import type { Milestone, Need, Plan, Task } from './model.ts';
import { milestonesBefore } from './order.ts';

/** What tasks need of each other, against the Gantt and the order of the milestones. */
export function lintNeeds(plan: Plan, report: LintReport): void {
  const milestoneOf = new Map(
    plan.milestones.flatMap((milestone) => tasksOf(milestone).map((task) => [task.ref, milestone] as const)),
  );
  for (const milestone of plan.milestones) {
    for (const task of tasksOf(milestone)) {
      for (const need of task.needs) lintNeed(plan, milestone, task, need, milestoneOf.get(need.task), report);
    }
  }
  lintCycles(plan, report);
}

function lintNeed(
  plan: Plan,
  milestone: Milestone,
  task: Task,
  need: Need,
  source: Milestone | undefined,
  report: LintReport,
): void {
  const needed = source && tasksOf(source).find(({ ref }) => ref === need.task);
  if (source === undefined || needed === undefined) return;
  if (source === milestone && needed.start > task.start) {
    report.finding(
      'need-starts-later',
      `${task.ref} "${task.title}" needs ${need.task} (${need.what}), which the Gantt starts later: it will wait.`,
      report.place(task.line),
      { suggestion: `Start it "after ${needed.id}", or move ${needed.id} forward.` },
    );
  }
  if (source !== milestone && !milestonesBefore(plan, milestone.number).includes(source.number)) {
    report.finding(
      'need-unordered',
      `${task.ref} needs ${need.task} (${need.what}), but Milestone ${source.number} is not before ${milestone.number}.`,
      report.place(task.line),
      { suggestion: `Write "Milestone ${source.number} → Milestone ${milestone.number}: reason".` },
    );
  }
}

/**
 * Tasks that can never start, because they wait for each other by needs, by the Gantt or by the order of the milestones.
 * A milestone is a node of its own (`4.1`), which its tasks wait for; it waits for the tasks of the milestones before it.
 */
function lintCycles(plan: Plan, report: LintReport): void {
  const before = new Map<string, readonly string[]>();
  const lineOf = new Map<string, number>();
  for (const milestone of plan.milestones) {
    const { number } = milestone;
    const earlier = plan.milestones.filter((one) => milestonesBefore(plan, number).includes(one.number));
    before.set(
      number,
      earlier.flatMap(tasksOf).map(({ ref }) => ref),
    );
    for (const task of tasksOf(milestone)) {
      before.set(task.ref, [number, ...task.after, ...task.needs.map((need) => need.task)]);
      lineOf.set(task.ref, task.line);
    }
  }
  const { cycles } = sortGraph([...before.keys()], (node) => (before.get(node) ?? []).filter((one) => before.has(one)));
  for (const cycle of cycles) {
    const first = cycle.find((node) => lineOf.has(node)) ?? '';
    report.error(
      'need-cycle',
      `These wait for each other and can never start: ${cycle.join(' → ')}.`,
      report.place(lineOf.get(first) ?? 1),
      { expected: 'needs that lead from earlier tasks to later ones' },
    );
  }
}

function tasksOf({ lanes }: Milestone): Task[] {
  return lanes.flatMap((lane) => lane.tasks);
}
