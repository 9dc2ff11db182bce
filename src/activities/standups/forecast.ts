import type { DeliveryView } from '../../contract/delivery.ts';
import type { TaskRef } from '../../plan/gate-model.ts';
import type { PlanClock } from '../../views/planned.ts';
import type { TaskFacts } from './facts.ts';

/** Planned and actual length of a milestone in plan days, and when it is expected to end. */
export interface MilestoneForecast {
  readonly number: string;
  readonly planned: number;
  /** From its entry gate to the end of its work; so far, where that goes on. Absent: it has not begun. */
  readonly actual?: number;
  /** Epoch milliseconds. Its own end, where it is over. Gates are expected to clear at once. */
  readonly ends?: number;
}

/**
 * Expects every task to take its planned length, from when it has begun or from when everything before it is over; what is late
 * already is expected to end now.
 *
 * @param isPlanned tasks do not begin before their planned start
 */
export function forecast(
  { milestones }: Pick<DeliveryView, 'milestones'>,
  tasks: readonly TaskFacts[],
  { now, clock, isPlanned }: { readonly now: number; readonly clock: PlanClock; readonly isPlanned: boolean },
): MilestoneForecast[] {
  /** Plan days from now. */
  const ends = new Map<string, number>();
  return milestones.map((milestone): MilestoneForecast => {
    const { number, plannedDays, began, workEnded, ended, after, stage } = milestone;
    const own = tasks.filter((task) => task.milestone === milestone);
    const base = Math.max(0, ...after.map((earlier) => ends.get(earlier) ?? 0));
    const left = stage === 'done' ? 0 : endOf(own, { base, now, clock, began: isPlanned ? began : undefined });
    ends.set(number, left);
    const actual = began === undefined ? undefined : clock.exactDays(began, workEnded ?? now);
    return {
      ...{ number, planned: plannedDays },
      ...(actual === undefined ? {} : { actual }),
      ends: ended ?? clock.later(now, left),
    };
  });
}

interface From {
  /** Plan days from now before which nothing of it begins. */
  readonly base: number;
  readonly now: number;
  readonly clock: PlanClock;
  /** Planned starts are counted from it. */
  readonly began: number | undefined;
}

/** Plan days from now until the last of the tasks is over. */
function endOf(tasks: readonly TaskFacts[], { base, now, clock, began }: From): number {
  const byRef = new Map(tasks.map((task) => [task.task, task]));
  const known = new Map<TaskRef, number>();
  const end = (ref: TaskRef): number => {
    const task = byRef.get(ref);
    const before = known.get(ref);
    if (task === undefined) return base;
    if (before !== undefined) return before;
    // Needs in a circle are an error of the playbook; this keeps a wrong one from going on for ever.
    known.set(ref, base);
    const value = remaining(task, end);
    known.set(ref, value);
    return value;
  };
  const remaining = ({ isOver, startedAt, start, days, before }: TaskFacts, endBefore: typeof end): number => {
    if (isOver) return base;
    if (startedAt !== undefined) return Math.max(base, days - clock.exactDays(startedAt, now));
    const planned = began === undefined ? 0 : Math.max(0, start - clock.exactDays(began, now));
    return Math.max(base, planned, ...before.map(endBefore)) + days;
  };
  return Math.max(base, ...tasks.map(({ task }) => end(task)));
}
