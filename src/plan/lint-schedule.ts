import type { LintReport } from './lint.ts';
import type { Lane, Milestone } from './model.ts';
import { days } from './text.ts';

/** Days that headings declare against days that the Gantt needs. The Gantt rules; declared days become due dates. */
export function lintSchedule(milestones: readonly Milestone[], report: LintReport): void {
  for (const milestone of milestones) {
    lintDeclaredDays(milestone, report);
    for (const lane of milestone.lanes) lintLaneDays(lane, report);
  }
}

function lintDeclaredDays({ number, declaredDays, plannedDays, line }: Milestone, report: LintReport): void {
  if (declaredDays === plannedDays) return;
  report.finding(
    'milestone-days',
    `Milestone ${number} declares ${days(declaredDays)}, and its Gantt needs ${days(plannedDays)}.`,
    report.place(line, '('),
    { expected: `"(${days(plannedDays)})", or a shorter Gantt` },
  );
}

function lintLaneDays(lane: Lane, report: LintReport): void {
  const [first] = lane.tasks;
  if (first === undefined) return;
  const start = Math.min(...lane.tasks.map((task) => task.start));
  const end = Math.max(...lane.tasks.map((task) => task.start + task.days));
  const { from, to } = lane.days;
  // A block's days are counted from 1, and its last day is worked to its end.
  const covers = (startsAt: number, endsAt: number): boolean => from - 1 === startsAt && to === endsAt;
  if (covers(start, end)) return;
  const block = from === to ? `Day ${from}` : `Day ${from}-${to}`;
  const message = covers(first.start, first.start + first.days)
    ? `${block} of "${lane.blockTitle}" is its first bar only, "${first.title}"; the lane ends on day ${lastDay(end)}.`
    : `${block} of "${lane.blockTitle}" is not what the Gantt says: ${spanned(start, end)}.`;
  report.finding('lane-days', message, report.place(lane.line, 'Day'), { expected: spanned(start, end) });
}

function spanned(start: number, end: number): string {
  const from = Math.floor(start) + 1;
  const to = Math.max(from, lastDay(end));
  return from === to ? `Day ${from}` : `Day ${from}-${to}`;
}

/** The day on which something ends: an end at 4 plan days is the end of day 4. */
function lastDay(end: number): number {
  return Math.ceil(end);
}
