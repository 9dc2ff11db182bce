import type { Calendar } from '../../src/calendar/calendar.ts';
import type { Plan, Step, Task } from '../../src/plan/model.ts';
import { DAY, PlanClock } from '../../src/views/planned.ts';
import { calendarOf } from '../../src/views/schedule.ts';
import { tasksOf } from './plan.ts';

/**
 * The calendar that a rehearsal counts work in and in which people decide: that of the plan's schedule, or Monday to Friday where the dates
 * of the Gantt leave days off. Without one, all time counts.
 */
export function workCalendar(plan: Plan): Calendar | undefined {
  const hasDaysOff = tasksOf(plan).some(
    ({ startsAt, dueAt, days }) =>
      startsAt !== undefined && dueAt !== undefined && Date.parse(dueAt) - Date.parse(startsAt) > (days + 0.5) * DAY,
  );
  const weekdays: Calendar = {
    ...{ zone: plan.zone ?? 'UTC', days: ['mon', 'tue', 'wed', 'thu', 'fri'] },
    ...{ from: '00:00', to: '24:00', holidays: [] },
  };
  return calendarOf(plan, DAY) ?? (hasDaysOff ? weekdays : undefined);
}

/** How long tasks and their steps take: as long as planned. */
export class Lengths {
  readonly clock: PlanClock;
  private readonly tasks: ReadonlyMap<string, Task>;

  constructor(plan: Plan) {
    this.clock = new PlanClock({ calendar: workCalendar(plan), dayMs: DAY });
    this.tasks = new Map(tasksOf(plan).map((task) => [task.ref, task]));
  }

  /** When a task ends that a person begins at an instant; epoch milliseconds. */
  endOfTask(ref: string, from: number): number {
    return this.clock.later(this.clock.begin(from), this.tasks.get(ref)?.days ?? 0);
  }

  /** When a step ends that begins at an instant. The longest chain of steps takes as long as its task; all steps of a task are as long. */
  endOfStep(ref: string, from: number): number {
    const task = this.tasks.get(ref);
    if (task === undefined) return from;
    return this.clock.later(this.clock.begin(from), task.days / longestChain(task.steps));
  }
}

/** Number of steps in the longest chain of steps that need each other; at least 1. */
export function longestChain(steps: readonly Pick<Step, 'id' | 'needs'>[]): number {
  const depths = new Map<string, number>();
  const depth = (id: string): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    const { needs = [] } = steps.find((step) => step.id === id) ?? {};
    const found = 1 + needs.reduce((most, need) => Math.max(most, depth(need)), 0);
    depths.set(id, found);
    return found;
  };
  return steps.reduce((most, { id }) => Math.max(most, depth(id)), 1);
}
