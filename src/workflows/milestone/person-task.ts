import { condition } from '@temporalio/workflow';
import type { DeskItem } from '../../gates/model.ts';
import type { Task, TaskInput } from '../../plan/model.ts';
import { phaseActivities } from '../temporal/activities.ts';
import type { TaskState } from './task-state.ts';

/**
 * A task that no step carries out: its agent is briefed, and a person who holds the agent completes it. The due date is a timer,
 * so that the timeline shows the task for as long as it is meant to take; when it has passed, the phase is told.
 */
export async function runByPerson(run: TaskState): Promise<void> {
  const { task, milestone } = run;
  run.due = plannedTimes(task, milestone.startedAt, milestone.input.dayMs, Date.now()).due;
  await phaseActivities(`${task.title} · brief`).brief({
    phase: milestone.input.phase,
    task: milestone.briefOf(task, run.due),
  });
  run.state = 'waiting';
  const desk = personDesk(task, Date.now(), run.due);
  run.waitFor(desk);
  const isOver = () => run.completion !== undefined || run.skip !== undefined;
  // A due date may have passed already; a timer takes a millisecond at least.
  const left = Math.max(1, run.due - Date.now());
  const inTime = await condition(isOver, left, { summary: `${task.title} · due` });
  if (!inTime) {
    run.reason = 'overdue';
    run.waitFor({ ...desk, overdue: true });
    await condition(isOver);
    run.reason = undefined;
  }
  if (run.completion === undefined) {
    run.end({
      state: 'skipped',
      by: run.skip?.by,
      note: run.skip?.reason,
    });
    return;
  }
  const { by, note, outputs } = run.completion;
  if (outputs !== undefined) milestone.publish(`tasks.${task.ref}`, undefined, outputs);
  run.end({ state: 'done', by, note });
}

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

/** Desk item of a task that a person carries out. */
function personDesk(task: Task, since: number, due: number): DeskItem {
  const { ref, title, agent, reads, delivers } = task;
  return {
    ...{ task: ref, title, waits: 'complete', agents: [agent], since, due },
    ...(reads === undefined ? {} : { reads: reads.map(({ path, sha256 }) => `${path} (${sha256.slice(0, 12)})`) }),
    ...(delivers === undefined ? {} : { delivers }),
  };
}

/** Desk item of a task whose contributors owe it something. */
export function inputDesk(task: Task, missing: readonly TaskInput[], since: number): DeskItem {
  const reason = missing.map(({ agent, what }) => (what === undefined ? agent : `${what} from ${agent}`)).join(', ');
  return {
    task: task.ref,
    title: task.title,
    waits: 'input',
    agents: missing.map(({ agent }) => agent),
    since,
    reason: `waits for ${reason}`,
  };
}

/** Desk item of a task that cannot go on by itself. */
export function blockedDesk(task: Task, reason: string, since: number): DeskItem {
  return { task: task.ref, title: task.title, waits: 'blocked', agents: [task.agent], since, reason };
}
