import type { MilestoneRun } from './milestone-run.ts';
import type { MilestoneStatus, TaskStatus } from './messages.ts';
import type { TaskRun } from './task-run.ts';

/** The milestone's `status` query: every lane with its tasks and steps. */
export function milestoneStatus(run: MilestoneRun): MilestoneStatus {
  const { milestone } = run.input;
  return {
    milestone: milestone.number,
    title: milestone.title,
    lanes: milestone.lanes.map((lane) => ({
      title: lane.title,
      agent: lane.agent,
      tasks: lane.tasks.flatMap(({ ref }) => {
        const task = run.tasks.get(ref);
        return task === undefined ? [] : [taskStatus(task)];
      }),
    })),
  };
}

function taskStatus(run: TaskRun): TaskStatus {
  return {
    task: run.task.ref,
    title: run.task.title,
    state: run.state,
    waitsFor: run.waitsFor,
    ...(run.reason === undefined ? {} : { reason: run.reason }),
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
