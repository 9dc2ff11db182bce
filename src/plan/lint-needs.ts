import type { LintReport } from './lint.ts';
import type { Milestone, Plan, Task } from './model.ts';

/** Tasks that the Gantt starts before what they need: at the planned pace they will be late. */
export function lintNeeds(plan: Plan, report: LintReport): void {
  for (const milestone of plan.milestones) {
    const tasks = tasksOf(milestone);
    for (const task of tasks) {
      for (const { task: ref, what } of task.needs) {
        const needed = tasks.find((one) => one.ref === ref);
        if (needed === undefined || needed.start <= task.start) continue;
        report.finding(
          'need-starts-later',
          `${task.ref} "${task.title}" needs ${ref} (${what}), which the Gantt starts later: it will wait.`,
          report.place(task.line),
          { suggestion: `Start it "after ${needed.id}", or move ${needed.id} forward.` },
        );
      }
    }
  }
}

function tasksOf({ lanes }: Milestone): Task[] {
  return lanes.flatMap((lane) => lane.tasks);
}
