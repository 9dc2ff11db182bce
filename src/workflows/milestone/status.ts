import type { MilestoneInput } from '../../contract/inputs.ts';
import type { TaskRef } from '../../plan/gate-model.ts';
import type { MilestoneStatus, TaskStatus } from '../../contract/answers.ts';
import type { TaskState } from './task-state.ts';

/** The milestone's `status` query: every lane with its tasks and steps. */
export function milestoneStatus(
  milestone: MilestoneInput['milestone'],
  tasks: ReadonlyMap<TaskRef, TaskState>,
): MilestoneStatus {
  return {
    milestone: milestone.number,
    title: milestone.title,
    lanes: milestone.lanes.map((lane) => ({
      title: lane.title,
      agent: lane.agent,
      tasks: lane.tasks.flatMap(({ ref }) => {
        const task = tasks.get(ref);
        return task === undefined ? [] : [taskStatus(task)];
      }),
    })),
  };
}

function taskStatus(run: TaskState): TaskStatus {
  return {
    task: run.task.ref,
    title: run.task.title,
    state: run.state,
    waitsFor: run.waitsFor,
    reason: run.reason,
    ...(run.held === undefined || run.ended ? {} : { held: run.held }),
    ...instant('startedAt', run.startedAt),
    ...instant('endedAt', run.endedAt),
    ...instant('due', run.due),
    steps: run.task.steps.map(({ id, label }) => ({
      id,
      label,
      state: run.steps.get(id)?.state ?? 'pending',
      tries: run.steps.get(id)?.tries ?? 0,
    })),
  };
}

function instant<K extends string>(key: K, at: number | undefined): { [key in K]?: string } {
  return at === undefined ? {} : ({ [key]: new Date(at).toISOString() } as { [key in K]?: string });
}
