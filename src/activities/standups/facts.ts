import type { MilestoneStatus, TaskStatus } from '../../contract/answers.ts';
import type { DeliveredMilestone, DeliveredTask, DeliveryView } from '../../contract/delivery.ts';

/** What milestones that run say of their tasks, by their numbers. One that could not be asked is missing. */
export type Statuses = { readonly [milestone: string]: MilestoneStatus };

/** A task as the phase and its milestone know it. Instants are epoch milliseconds. */
export interface TaskFacts extends DeliveredTask {
  readonly milestone: DeliveredMilestone;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly due?: number;
  /** What it waits for: `4.1/c1 (keys)`, `planned start`. */
  readonly waitsFor: readonly string[];
  /** Why it does not go on. */
  readonly reason?: string;
}

/** All tasks. What a milestone that runs says of its own comes first, since its phase hears of much of it only later. */
export function tasksOf({ milestones }: DeliveryView, statuses: Statuses): TaskFacts[] {
  return milestones.flatMap((milestone) => {
    const told = statuses[milestone.number]?.lanes.flatMap(({ tasks }) => tasks) ?? [];
    return milestone.tasks.map((task) =>
      factsOf(
        milestone,
        task,
        told.find((one) => one.task === task.task),
      ),
    );
  });
}

function factsOf(milestone: DeliveredMilestone, task: DeliveredTask, told: TaskStatus | undefined): TaskFacts {
  if (told === undefined) return { ...task, milestone, waitsFor: [] };
  const { state, waitsFor, reason, held, startedAt, endedAt, due } = told;
  const why = held ?? reason;
  return {
    ...task,
    ...{ milestone, state, waitsFor, isOver: task.isOver || state === 'done' || state === 'skipped' },
    ...(why === undefined ? {} : { reason: why }),
    ...(startedAt === undefined ? {} : { startedAt: Date.parse(startedAt) }),
    ...(endedAt === undefined ? {} : { endedAt: Date.parse(endedAt) }),
    ...(due === undefined ? {} : { due: Date.parse(due) }),
  };
}

/** `4.1/a1 Environment Provisioning` */
export function named({ task, title }: Pick<DeliveredTask, 'task' | 'title'>): string {
  return `${task} ${title}`;
}
