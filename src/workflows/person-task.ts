import { condition } from '@temporalio/workflow';
import { phaseActivities } from './activities.ts';
import { plannedTimes } from '../plan/planned-times.ts';
import { personDesk } from './desk.ts';
import type { TaskRun } from './task-run.ts';

/**
 * A task that no step carries out: its agent is briefed, and whoever holds the agent completes it. The due date is a timer,
 * so that the timeline shows the task for as long as it is meant to take; when it has passed, the phase is told.
 */
export async function runByPerson(run: TaskRun): Promise<void> {
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
      ...(run.skip?.by === undefined ? {} : { by: run.skip.by }),
      ...(run.skip?.reason === undefined ? {} : { note: run.skip.reason }),
    });
    return;
  }
  const { by, note, outputs } = run.completion;
  if (outputs !== undefined) milestone.publish(`tasks.${task.ref}`, undefined, outputs);
  run.end({ state: 'done', by, ...(note === undefined ? {} : { note }) });
}
