import type { Task } from './model.ts';

/** One real day, in milliseconds. */
const DAY = 86_400_000;

export interface PlannedTimes {
  /** Epoch milliseconds. It may have passed, which means at once. */
  readonly start: number;
  readonly due: number;
}

/**
 * When a task is planned to start, and when it is due. Dates of the Gantt hold wherever a plan day is a day; a phase that is run
 * with days of another length has left the calendar, and counts plan days.
 *
 * @param milestoneStart - epoch milliseconds; plan days are counted from it
 * @param dayMs - length of a plan day
 * @param begun - when the task has really begun: its length counts from there. Default: the planned start
 */
export function plannedTimes(
  task: Pick<Task, 'start' | 'days' | 'startsAt' | 'dueAt'>,
  milestoneStart: number,
  dayMs: number,
  begun?: number,
): PlannedTimes {
  const { startsAt, dueAt } = task;
  if (startsAt !== undefined && dueAt !== undefined && dayMs === DAY) {
    return { start: Date.parse(startsAt), due: Date.parse(dueAt) };
  }
  const start = milestoneStart + task.start * dayMs;
  return { start, due: (begun ?? start) + task.days * dayMs };
}
