/**
 * The schedule of a phase: what was planned, what has happened, and what is to be expected, in working time. Pages, status tables and
 * reviews all take it from here.
 */
import { sortGraph } from '../base/graph.ts';
import type { Calendar } from '../calendar/calendar.ts';
import type { Pace } from '../contract/inputs.ts';
import type { TaskRef } from '../plan/gate-model.ts';
import type { Plan } from '../plan/model.ts';
import { gatesOf } from '../plan/walk.ts';
import {
  DAY,
  inOrder,
  type Planned,
  type PlannedInput,
  type PlanMilestone,
  type PlanTask,
  PlanClock,
  plannedSpans,
  predecessors,
  type Span,
  spanOf,
  tasksOf,
} from './planned.ts';

/** What has really happened; epoch milliseconds. */
export interface Times {
  readonly startedAt?: number | undefined;
  readonly endedAt?: number | undefined;
}

export interface ScheduleInput extends PlannedInput {
  readonly now: number;
  readonly pace: Pace;
  /** What is not known of a task has not happened yet. */
  readonly tasks: {
    readonly [task: TaskRef]: Times & {
      /** It counts as done, and was not executed. */ readonly beforehand?: boolean | undefined;
    };
  };
  /** From its entry gate's clearing to its quality gate's. */
  readonly milestones: { readonly [number: string]: Times };
}

/** A task or a milestone in the schedule. */
export interface Scheduled {
  /** As the plan has it from the phase's start on, at either pace. Later events do not move it. */
  readonly planned: Span;
  readonly actual: Times;
  /** What has happened, and for the rest what follows from it if everything takes as long as planned from now on. */
  readonly forecast: Span;
  /** How much later than planned it ends, in plan days; negative: earlier. */
  readonly slip: number;
  /** Its planned end has passed, and it is not over. */
  readonly isLate: boolean;
  readonly isOver: boolean;
}

export interface ScheduledTask extends Scheduled {
  readonly task: TaskRef;
  readonly milestone: string;
  readonly beforehand: boolean;
  /** The task or milestone whose end decides when this one begins; absent where none does. */
  readonly driver?: TaskRef;
}

export interface ScheduledMilestone extends Scheduled {
  readonly number: string;
}

export interface Schedule {
  readonly tasks: readonly ScheduledTask[];
  readonly milestones: readonly ScheduledMilestone[];
  /** Of the whole phase. */
  readonly planned: Span;
  readonly forecast: Span;
  /** In plan days. */
  readonly slip: number;
  /** The chain of tasks that decides when the phase ends, first task first. */
  readonly criticalPath: readonly TaskRef[];
}

/**
 * The calendar that plan days are counted in: that of standups and reviews, or the one by which the gates count working time, where they
 * all name the same. A phase that is run with days of another length has left the calendar, as `plannedTimes` has it.
 */
export function calendarOf(plan: Plan, dayMs: number): Calendar | undefined {
  if (dayMs !== DAY) return undefined;
  if (plan.reporting?.calendar !== undefined) return plan.reporting.calendar;
  const named = gatesOf(plan).flatMap(({ policy }) => policy?.workingTime ?? []);
  const [first] = named;
  return named.every((one) => JSON.stringify(one) === JSON.stringify(first)) ? first : undefined;
}

/** Computes the schedule. Total: what the plan does not say is taken as planned at once. */
export function scheduleOf(input: ScheduleInput): Schedule {
  const clock = new PlanClock(input);
  const milestones = inOrder(input.plan);
  const planned = plannedSpans(input, milestones, clock);
  const tasks = new Map<TaskRef, ScheduledTask>();
  const scheduled = new Map<string, ScheduledMilestone>();
  for (const milestone of milestones) {
    const times = input.milestones[milestone.number] ?? {};
    const before = predecessors(input.plan, milestone.number).flatMap((number) => scheduled.get(number) ?? []);
    const latest = latestOf(before, ({ forecast }) => forecast.end);
    const ready = Math.max(latest?.forecast.end ?? input.startedAt, times.startedAt ?? -Infinity);
    const driver = latest === undefined ? undefined : lastTaskOf(tasks.values(), latest.number)?.task;
    for (const task of tasksInOrder(milestone)) {
      tasks.set(task.ref, forecastTask(input, clock, { task, milestone, planned, done: tasks, ready, driver }));
    }
    scheduled.set(milestone.number, milestoneOf(input, clock, { milestone, times, ready, tasks, planned }));
  }
  const all = input.plan.milestones.flatMap(({ number }) => scheduled.get(number) ?? []);
  const whole = spanOf(all.map((one) => one.planned)) ?? { start: input.startedAt, end: input.startedAt };
  const expected = spanOf(all.map(({ forecast }) => forecast)) ?? whole;
  return {
    tasks: input.plan.milestones.flatMap(({ lanes }) =>
      lanes.flatMap((lane) => lane.tasks.flatMap(({ ref }) => tasks.get(ref) ?? [])),
    ),
    milestones: all,
    planned: whole,
    forecast: expected,
    slip: clock.days(whole.end, expected.end),
    criticalPath: criticalPath(tasks),
  };
}

interface ForecastOf {
  readonly task: PlanTask;
  readonly milestone: PlanMilestone;
  readonly planned: Planned;
  /** Tasks that come before, as far as they have been looked at. */
  readonly done: ReadonlyMap<TaskRef, ScheduledTask>;
  /** When its milestone has begun, or begins. */
  readonly ready: number;
  /** The task whose end makes the milestone ready. */
  readonly driver: TaskRef | undefined;
}

function forecastTask(
  input: ScheduleInput,
  clock: PlanClock,
  { task, milestone, planned, done, ready, driver }: ForecastOf,
): ScheduledTask {
  const { startedAt, endedAt, beforehand = false } = input.tasks[task.ref] ?? {};
  const plan = planned.tasks.get(task.ref) ?? { start: ready, end: ready };
  const before = [...task.after, ...task.needs.map((need) => need.task)].flatMap((ref) => done.get(ref) ?? []);
  // What ended later than it began has not held it up.
  const held = startedAt === undefined ? before : before.filter(({ forecast }) => forecast.end <= startedAt);
  const last = latestOf(held, ({ forecast }) => forecast.end);
  const decides = last !== undefined && (driver === undefined || last.forecast.end >= ready) ? last.task : driver;
  const forecast = ((): Span => {
    if (beforehand) return plan;
    if (endedAt !== undefined) return { start: Math.min(startedAt ?? endedAt, endedAt), end: endedAt };
    if (startedAt !== undefined) {
      return { start: startedAt, end: Math.max(input.now, clock.later(startedAt, task.days)) };
    }
    const notBefore = Math.max(ready, input.now, last?.forecast.end ?? -Infinity);
    const start = clock.begin(input.pace === 'planned' ? Math.max(notBefore, plan.start) : notBefore);
    return { start, end: clock.later(start, task.days) };
  })();
  const isOver = beforehand || endedAt !== undefined;
  return {
    task: task.ref,
    milestone: milestone.number,
    planned: plan,
    actual: { startedAt, endedAt },
    forecast,
    slip: beforehand ? 0 : clock.days(plan.end, forecast.end),
    isLate: !isOver && plan.end < input.now,
    isOver,
    beforehand,
    ...(decides === undefined ? {} : { driver: decides }),
  };
}

interface MilestoneForecast {
  readonly milestone: PlanMilestone;
  readonly times: Times;
  readonly ready: number;
  readonly tasks: ReadonlyMap<TaskRef, ScheduledTask>;
  readonly planned: Planned;
}

function milestoneOf(
  input: ScheduleInput,
  clock: PlanClock,
  { milestone, times, ready, tasks, planned }: MilestoneForecast,
): ScheduledMilestone {
  const { number } = milestone;
  const own = tasksOf(milestone).flatMap(({ ref }) => tasks.get(ref) ?? []);
  const plan = planned.milestones.get(number) ?? { start: ready, end: ready };
  const isBeforehand = own.length > 0 && own.every(({ beforehand }) => beforehand);
  const worked = spanOf(own.filter(({ beforehand }) => !beforehand).map(({ forecast }) => forecast));
  const start = times.startedAt ?? worked?.start ?? ready;
  const isOver = isBeforehand || times.endedAt !== undefined;
  const hasBegun = times.startedAt !== undefined && !isOver;
  // Its gates are still to clear, which they cannot do before now.
  const end = times.endedAt ?? Math.max(worked?.end ?? start, hasBegun ? input.now : -Infinity);
  const forecast = isBeforehand ? plan : { start, end };
  return {
    number,
    planned: plan,
    actual: times,
    forecast,
    slip: isBeforehand ? 0 : clock.days(plan.end, forecast.end),
    isLate: !isOver && plan.end < input.now,
    isOver,
  };
}

/** From the task that ends last, back along the tasks that decide when the next one begins. */
function criticalPath(tasks: ReadonlyMap<TaskRef, ScheduledTask>): TaskRef[] {
  // What was skipped, or had nothing to do, has never begun.
  const executed = [...tasks.values()].filter(({ isOver, actual }) => !isOver || actual.startedAt !== undefined);
  const path: TaskRef[] = [];
  let next = latestOf(executed, ({ forecast }) => forecast.end);
  while (next !== undefined && !path.includes(next.task)) {
    path.push(next.task);
    next = next.driver === undefined ? undefined : tasks.get(next.driver);
    if (next?.beforehand === true) break;
  }
  return path.reverse();
}

function lastTaskOf(tasks: Iterable<ScheduledTask>, milestone: string): ScheduledTask | undefined {
  return latestOf(
    [...tasks].filter((one) => one.milestone === milestone),
    ({ forecast }) => forecast.end,
  );
}

function latestOf<T>(all: readonly T[], end: (one: T) => number): T | undefined {
  return all.reduce<T | undefined>((last, one) => (last === undefined || end(one) > end(last) ? one : last), undefined);
}

/** Tasks of a milestone so that each follows those that it waits for. */
function tasksInOrder(milestone: PlanMilestone): readonly PlanTask[] {
  const tasks = tasksOf(milestone);
  const byRef = new Map(tasks.map((task) => [task.ref, task]));
  const before = ({ after, needs }: PlanTask) =>
    [...after, ...needs.map((need) => need.task)].flatMap((ref) => byRef.get(ref) ?? []);
  return sortGraph(tasks, before).order;
}
