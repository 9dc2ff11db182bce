import { zoneNamed } from '../../calendar/windows.ts';
import type { LintReport } from '../problems.ts';
import type { Lane, Milestone } from '../model.ts';
import { days } from '../../base/text.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
/** Tolerance for rounding errors in sums of fractions, in days: less than a millisecond. */
const TOLERANCE = 1e-9;

/** Compares the days that headings declare with those that the Gantt needs. The Gantt rules; declared days become due dates. */
export function lintSchedule(milestones: readonly Milestone[], zone: string, report: LintReport): void {
  for (const milestone of milestones) {
    lintDeclaredDays(milestone, report);
    const begins = timeOfDay(milestone, zone);
    for (const lane of milestone.lanes) lintLaneDays(lane, begins, report);
  }
}

function lintDeclaredDays({ number, declaredDays, plannedDays, line }: Milestone, report: LintReport): void {
  // Headings declare whole days, so a part of a day counts as one.
  const needed = dayAt(plannedDays);
  if (declaredDays === plannedDays || declaredDays === needed) return;
  const rounded = needed === plannedDays ? '' : `, which is ${days(needed)} when rounded up`;
  report.finding(
    'milestone-days',
    `Milestone ${number} declares ${days(declaredDays)}, and its Gantt needs ${days(plannedDays)}${rounded}.`,
    report.place(line, '('),
    { expected: `"(${days(needed)})", or a ${declaredDays < needed ? 'shorter' : 'longer'} Gantt` },
  );
}

function lintLaneDays(lane: Lane, begins: number, report: LintReport): void {
  const [first] = lane.tasks;
  if (first === undefined) return;
  const start = Math.min(...lane.tasks.map((task) => task.start));
  const end = Math.max(...lane.tasks.map((task) => task.start + task.days));
  const { from, to } = lane.days;
  const block = spanOf(from, to);
  const covers = (startsAt: number, endsAt: number): boolean =>
    block === spanned(startsAt, endsAt) || block === spanned(begins + startsAt, begins + endsAt);
  if (covers(start, end)) return;
  const message = covers(first.start, first.start + first.days)
    ? `${block} of "${lane.blockTitle}" covers only the first bar, "${first.title}"; the lane ends on day ${dayAt(end)}.`
    : `${block} of "${lane.blockTitle}" differs from the Gantt: ${spanned(start, end)}.`;
  report.finding('lane-days', message, report.place(lane.line, 'Day'), { expected: spanned(start, end) });
}

/**
 * The time of day at which a chart with dates begins, as a fraction of a day. It allows for authors who count calendar days: the second
 * day then begins at midnight, not 24 hours after the start.
 */
function timeOfDay({ lanes }: Milestone, zone: string): number {
  const starts = lanes.flatMap(({ tasks }) => tasks.flatMap(({ startsAt }) => startsAt ?? []));
  const first = starts.reduce((a, b) => (a < b ? a : b), starts[0] ?? '');
  if (first === '') return 0;
  const time = Date.parse(first);
  return ((time + zoneNamed(zone).offset(time) * MINUTE) % DAY) / DAY;
}

/** The days of work, counted from 1. The last day may be worked in part. */
function spanned(start: number, end: number): string {
  const from = Math.floor(start + TOLERANCE) + 1;
  return spanOf(from, Math.max(from, dayAt(end)));
}

function spanOf(from: number, to: number): string {
  return from === to ? `Day ${from}` : `Day ${from}-${to}`;
}

/** The day on which work ends: an end at 4 plan days is the end of day 4. */
function dayAt(end: number): number {
  return Math.ceil(end - TOLERANCE);
}
