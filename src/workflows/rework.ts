import type { Plan, Task, TaskRef } from '../plan/model.ts';
import type { PhaseRun } from './phase-run.ts';
import { runLanes } from './lanes.ts';
import type { Start } from './start.ts';

/** The tasks named, and every task that comes after or needs one of them, directly or not. */
export function withDependents(plan: Plan, tasks: readonly TaskRef[]): Set<TaskRef> {
  const all = plan.milestones.flatMap((milestone) => milestone.lanes.flatMap((lane) => lane.tasks));
  const again = new Set(tasks);
  const dependsOnOne = (task: Task) =>
    task.after.some((ref) => again.has(ref)) || task.needs.some((need) => again.has(need.task));
  for (let before = -1; before !== again.size;) {
    before = again.size;
    for (const task of all) if (dependsOnOne(task)) again.add(task.ref);
  }
  return again;
}

/** Does the tasks of a rejection again, milestone by milestone; everything else keeps its outcome. */
export async function rework(run: PhaseRun, start: Start, tasks: readonly TaskRef[]): Promise<void> {
  const again = withDependents(run.plan, tasks);
  for (const milestone of run.plan.milestones) {
    const stage = run.stage(milestone.number);
    // What needs the reworked tasks in a milestone that has not begun yet will run anyway.
    if (stage === 'pending' || stage === 'entry') continue;
    const mine = milestone.lanes.flatMap((lane) => lane.tasks).filter(({ ref }) => again.has(ref));
    if (mine.length === 0) continue;
    for (const { ref } of mine) {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a plain record, because it travels through continue-as-new
      delete run.outcomes[ref];
      run.apply({ type: 'task', task: ref, state: 'pending', desk: null });
    }
    await runLanes(run, start, milestone);
    run.advance(milestone.number, stage);
  }
}
