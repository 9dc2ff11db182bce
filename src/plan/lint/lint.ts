import type { Milestone, Plan, Task } from '../model.ts';
import { type LintReport, type Point, type Problem, ProblemCollector } from '../problems.ts';
import { lintOrder } from './order.ts';
import { lintSchedule } from './schedule.ts';

export interface LintedDocument {
  readonly file: string;
  readonly lines: readonly string[];
  /** Problems that were found while the document was read. */
  readonly problems: readonly Problem[];
}

/** Finds what a careful planner would question in a plan. The plan has been read and, if there is a playbook, bound. */
export function lint(plan: Plan, document: LintedDocument): Problem[] {
  const collector = new ProblemCollector(document.file);
  const errorLines = document.problems.filter(({ severity }) => severity === 'error').map(({ place }) => place.line);
  const report: LintReport = {
    error: (...problem) => collector.error(...problem),
    finding: (...problem) => collector.finding(...problem),
    place: (line, words) => placeOf(document.lines[line - 1] ?? '', line, words),
  };
  // A chart with errors was not read in full, so its days would be wrong.
  lintSchedule(soundMilestones(plan, errorLines), plan.zone ?? 'UTC', report);
  lintOrder(plan, report);
  lintNeeds(plan, report);
  return collector.problems;
}

function soundMilestones({ milestones }: Plan, errorLines: readonly number[]): Milestone[] {
  return milestones.filter(({ line }, index) => {
    const end = milestones[index + 1]?.line ?? Infinity;
    return !errorLines.some((error) => error >= line && error < end);
  });
}

function placeOf(text: string, line: number, words = ''): Point {
  const first = Math.max(0, text.search(/\S/));
  const at = words === '' ? -1 : text.indexOf(words);
  return { line, column: (at < 0 ? first : at) + 1 };
}

/** Reports tasks that the Gantt starts before a task that they need: at the planned pace they will be late. */
function lintNeeds(plan: Plan, report: LintReport): void {
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
