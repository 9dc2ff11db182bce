import type { MilestoneInput, MilestoneResult } from '../contract/inputs.ts';
import type { TaskRef } from '../plan/gate-model.ts';
import type { TaskOutcome } from '../contract/state.ts';
import { ORDERS, type Orders } from '../contract/channel.ts';
import { endingOf, inputOf, resultOf, type RunEvents, valuesOf } from './history.ts';

/** What the histories of milestones say of their tasks. */
export interface MilestoneTimes {
  readonly tasks: ReadonlyMap<TaskRef, WorkedOn>;
  /** By milestone: when its first run began, and whether its last one still runs. */
  readonly milestones: ReadonlyMap<string, { readonly startedAt: number; readonly isOpen: boolean }>;
}

/** When a task was worked on, in epoch milliseconds. */
export interface WorkedOn {
  /** When its first activity was scheduled. */
  readonly startedAt?: number;
  /** When its last activity ended so far. */
  readonly lastAt?: number;
  /** What a person has said of it, as the phase has passed it on. */
  readonly said?: { readonly at: number; readonly state: TaskOutcome['state']; readonly by: string };
  /** As the last run of its milestone that has ended says. */
  readonly outcome?: TaskOutcome;
}

/** Reads when tasks were worked on, and what they have told, from the runs of a phase's milestones. */
export function timesIn(milestones: readonly RunEvents[]): MilestoneTimes {
  const tasks = new Map<TaskRef, WorkedOn>();
  const begun = new Map<string, { readonly startedAt: number; readonly isOpen: boolean }>();
  const runs = milestones.toSorted((one, other) => runNumber(one) - runNumber(other));
  for (const events of runs) {
    const calls = new Map<number, TaskRef>();
    const told = new Set<TaskRef>();
    const { milestone, identity = '' } = (inputOf(events) ?? {}) as Partial<MilestoneInput>;
    const startedAt = Date.parse(events[0]?.eventTime ?? '');
    if (milestone !== undefined && Number.isFinite(startedAt)) {
      const first = begun.get(milestone.number)?.startedAt ?? startedAt;
      begun.set(milestone.number, { startedAt: first, isOpen: endingOf(events) === 'open' });
    }
    for (const event of events) {
      const { activityTaskScheduledEventAttributes: scheduled, activityTaskCompletedEventAttributes: done } = event;
      if (event.eventTime === undefined) continue;
      const at = Date.parse(event.eventTime);
      for (const [task, said] of ordersIn(event, identity)) {
        // Orders are repeated until the milestone has confirmed them.
        if (!told.has(task)) tasks.set(task, { ...tasks.get(task), said: { at, ...said } });
        told.add(task);
      }
      if (scheduled !== undefined && isWork(scheduled.activityType.name)) {
        const task = taskIn(valuesOf(scheduled.input)[0]);
        if (task === undefined) continue;
        calls.set(event.eventId, task);
        const known = tasks.get(task);
        tasks.set(task, { ...known, startedAt: known?.startedAt ?? at });
      }
      const task = done === undefined ? undefined : calls.get(done.scheduledEventId);
      if (task === undefined) continue;
      tasks.set(task, { ...tasks.get(task), lastAt: at });
    }
    const { tasks: outcomes = {} } = (resultOf(events) ?? {}) as Partial<MilestoneResult>;
    for (const [task, outcome] of Object.entries(outcomes)) {
      const known = tasks.get(task);
      // A run that repeats some of the tasks takes the others as done beforehand, though an earlier one has done them.
      if (known?.outcome !== undefined && outcome.beforehand === true) continue;
      tasks.set(task, { ...known, outcome });
    }
  }
  return { tasks, milestones: begun };
}

/** What the phase has passed on of what people have said of tasks, to this run of the milestone. */
function ordersIn(
  { workflowExecutionSignaledEventAttributes: signal }: RunEvents[number],
  identity: string,
): [TaskRef, { readonly state: TaskOutcome['state']; readonly by: string }][] {
  if (signal?.signalName !== ORDERS) return [];
  const { to, tasks = {} } = (valuesOf(signal.input)[0] ?? {}) as Partial<Orders>;
  if (to !== identity) return [];
  return Object.entries(tasks).flatMap(([task, { complete, skip }]): ReturnType<typeof ordersIn> => {
    if (skip !== undefined) return [[task, { state: 'skipped', by: skip.by }]];
    return complete === undefined ? [] : [[task, { state: 'done', by: complete.by }]];
  });
}

/** Activities of a task: its brief and its steps. */
function isWork(type: string): boolean {
  return type === 'brief' || type.startsWith('step.');
}

function taskIn(call: unknown): TaskRef | undefined {
  const { task } = (call ?? {}) as { task?: { ref?: unknown } };
  return typeof task?.ref === 'string' ? task.ref : undefined;
}

/** The identity of a milestone ends with the number of its run. */
function runNumber(events: RunEvents): number {
  const { identity = '' } = (inputOf(events) ?? {}) as Partial<MilestoneInput>;
  return Number(/\d+$/.exec(identity)?.[0] ?? 0);
}
