import { lintNeeds } from './lint-needs.ts';
import { lintOrder } from './lint-order.ts';
import { lintSchedule } from './lint-schedule.ts';
import type { Milestone, Plan } from './model.ts';
import type { Problem } from './problem.ts';
import { type Hints, type Point, ProblemCollector } from './problem-collector.ts';

/** Where a rule reports to: a plan keeps lines, and the document's text tells the columns. */
export interface LintReport {
  error(code: string, message: string, at: Point, hints?: Hints): void;
  finding(code: string, message: string, at: Point, hints?: Hints): void;
  /** Where some words stand on a line; the line's first word where they are written otherwise. */
  place(line: number, words?: string): Point;
}

export interface LintedDocument {
  readonly file: string;
  readonly lines: readonly string[];
  /** Problems found while reading it. */
  readonly problems: readonly Problem[];
}

/** What a careful planner would question in a plan that has been read and, where there is a playbook, bound. */
export function lint(plan: Plan, document: LintedDocument): Problem[] {
  const collector = new ProblemCollector(document.file);
  const errorLines = document.problems.filter(({ severity }) => severity === 'error').map(({ place }) => place.line);
  const report: LintReport = {
    error: (...problem) => collector.error(...problem),
    finding: (...problem) => collector.finding(...problem),
    place: (line, words) => placeOf(document.lines[line - 1] ?? '', line, words),
  };
  // Days counted from a chart that could not be read in full would only mislead.
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
