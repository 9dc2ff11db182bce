import type { GateId } from '../plan/gate-model.ts';
import type { Plan, Task, TaskRef } from '../plan/model.ts';
import type { PhaseRun } from './phase-run.ts';
import { runLanes, unfinished } from './lanes.ts';
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

/**
 * Does the tasks of a rejection again, milestone by milestone; everything else keeps its outcome. A phase that has continued as
 * new meanwhile goes on where it was.
 *
 * @param gate that was rejected
 */
export async function rework(run: PhaseRun, start: Start, gate: GateId, tasks: readonly TaskRef[]): Promise<void> {
  // What needs the reworked tasks in a milestone that has not begun yet will run anyway.
  const begun = run.plan.milestones.filter(({ number }) => !['pending', 'entry'].includes(run.stage(number)));
  if (!run.reworking.has(gate)) {
    const again = withDependents(run.plan, tasks);
    for (const { lanes } of begun) {
      for (const { ref } of lanes.flatMap((lane) => lane.tasks)) if (again.has(ref)) forget(run, ref);
    }
    run.reworking.add(gate);
  }
  for (const milestone of begun) {
    if (unfinished(run, milestone).length > 0) await runLanes(run, start, milestone);
  }
  run.reworking.delete(gate);
}

function forget(run: PhaseRun, task: TaskRef): void {
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a plain record, because it travels through continue-as-new
  delete run.outcomes[task];
  run.apply({ type: 'task', task, state: 'pending', desk: null });
}
