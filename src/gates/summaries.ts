import type { TaskRef } from '../plan/gate-model.ts';
import type { Plan } from '../plan/model.ts';
import { tasksOf } from '../plan/walk.ts';
import type { TaskSummary } from './model.ts';

/** Every task of a plan as a phase knows it before anything has happened. */
export function summariesOf(plan: Plan): { [task: TaskRef]: TaskSummary } {
  const tasks = tasksOf(plan).map(({ milestone, lane, task }): [TaskRef, TaskSummary] => [
    task.ref,
    {
      ...{ agent: task.agent, contributors: task.contributors, milestone, lane, state: 'pending' },
      ...(task.steps.length === 0 ? {} : { hasSteps: true }),
      ...(task.delivers === undefined ? {} : { delivers: task.delivers }),
      ...(task.rounds === undefined ? {} : { rounds: task.rounds }),
    },
  ]);
  return Object.fromEntries(tasks);
}
