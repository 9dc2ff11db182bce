/** What a plan says of time: plan days as instants, and planned times from the start of the phase on. */
import { sortGraph } from '../base/graph.ts';
import type { Calendar } from '../calendar/calendar.ts';
import { addWork, nextWork, workday, workingTime } from '../calendar/elapsed.ts';
import type { TaskRef } from '../plan/gate-model.ts';

/** From when to when, in epoch milliseconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What a schedule knows of a task of the plan. */
export interface PlanTask {
  readonly ref: TaskRef;
  readonly start: number;
  readonly days: number;
  readonly startsAt?: string;
  readonly dueAt?: string;
  readonly after: readonly TaskRef[];
  readonly needs: readonly { readonly task: TaskRef }[];
}

export interface PlanMilestone {
  readonly number: string;
  readonly plannedDays: number;
  readonly lanes: readonly { readonly tasks: readonly PlanTask[] }[];
}

/** What planned times follow from. */
export interface PlannedInput {
  readonly plan: {
    readonly milestones: readonly PlanMilestone[];
    readonly milestoneDependencies: readonly { readonly from: string; readonly to: string }[];
  };
  /** Start of the phase, in epoch milliseconds. */
  readonly startedAt: number;
  /** Length of a plan day in milliseconds, as the phase was started with. */
  readonly dayMs: number;
  /** Without one, all time counts. Only days of their real length are counted by it. */
  readonly calendar?: Calendar | undefined;
}

/** One real day. */
export const DAY = 86_400_000;

/** Plan days as instants. */
export class PlanClock {
  private readonly calendar: Calendar | undefined;
  private readonly dayMs: number;

  /** A phase that is run with days of another length has left the calendar. */
  constructor({ calendar, dayMs }: Pick<PlannedInput, 'calendar' | 'dayMs'>) {
    this.calendar = dayMs === DAY ? calendar : undefined;
    this.dayMs = this.calendar === undefined ? dayMs : workday(this.calendar);
  }

  /** The beginning of work that may start at an instant. */
  begin(at: number): number {
    return nextWork(at, this.calendar);
  }

  later(from: number, days: number): number {
    return addWork(from, Math.max(0, days) * this.dayMs, this.calendar);
  }

  /** Plan days between two instants. */
  exactDays(from: number, to: number): number {
    return workingTime(from, to, this.calendar) / this.dayMs;
  }

  /** Plan days between two instants, to a hundredth. */
  days(from: number, to: number): number {
    return Math.round(this.exactDays(from, to) * 100) / 100 || 0;
  }
}

export interface Planned {
  readonly tasks: ReadonlyMap<TaskRef, Span>;
  readonly milestones: ReadonlyMap<string, Span>;
}

/** Dates of the Gantt where it has them and a plan day is a day; otherwise plan days, from where the milestones before are planned to end. */
export function plannedSpans(input: PlannedInput, milestones: readonly PlanMilestone[], clock: PlanClock): Planned {
  const tasks = new Map<TaskRef, Span>();
  const spans = new Map<string, Span>();
  for (const milestone of milestones) {
    const ends = predecessors(input.plan, milestone.number).flatMap((number) => spans.get(number)?.end ?? []);
    const origin = clock.begin(Math.max(input.startedAt, ...ends));
    for (const task of tasksOf(milestone)) tasks.set(task.ref, plannedSpan(task, origin, input.dayMs, clock));
    const own = tasksOf(milestone).flatMap(({ ref }) => tasks.get(ref) ?? []);
    spans.set(milestone.number, spanOf(own) ?? { start: origin, end: clock.later(origin, milestone.plannedDays) });
  }
  return { tasks, milestones: spans };
}

function plannedSpan(
  { start, days, startsAt, dueAt }: PlanTask,
  origin: number,
  dayMs: number,
  clock: PlanClock,
): Span {
  if (startsAt !== undefined && dueAt !== undefined && dayMs === DAY) {
    return { start: Date.parse(startsAt), end: Date.parse(dueAt) };
  }
  const begins = clock.begin(clock.later(origin, start));
  return { start: begins, end: clock.later(origin, start + days) };
}

/** From the first start to the last end; nothing of nothing. */
export function spanOf(spans: readonly Span[]): Span | undefined {
  if (spans.length === 0) return undefined;
  return spans.reduce((all, { start, end }) => ({ start: Math.min(all.start, start), end: Math.max(all.end, end) }));
}

/** Milestones so that each follows those that it depends on. */
export function inOrder(plan: PlannedInput['plan']): readonly PlanMilestone[] {
  const byNumber = new Map(plan.milestones.map((milestone) => [milestone.number, milestone]));
  const before = ({ number }: PlanMilestone) => predecessors(plan, number).flatMap((one) => byNumber.get(one) ?? []);
  return sortGraph(plan.milestones, before).order;
}

/** Numbers of the milestones that a milestone depends on directly. */
export function predecessors({ milestoneDependencies }: PlannedInput['plan'], number: string): string[] {
  return milestoneDependencies.filter(({ to }) => to === number).map(({ from }) => from);
}

/** All tasks of a milestone. */
export function tasksOf({ lanes }: PlanMilestone): PlanTask[] {
  return lanes.flatMap((lane) => lane.tasks);
}
