import { changesGate } from './bind-changes.ts';
import type { Binding } from './bind-context.ts';
import { bindGate } from './bind-criteria.ts';
import { guardsOf } from './bind-guards.ts';
import { bindTask, type BoundTask } from './bind-tasks.ts';
import { meantBy } from './match.ts';
import type { Gate } from './gate-model.ts';
import type { Lane, Milestone, Task } from './model.ts';
import { own } from './own.ts';
import type { Path } from './playbook-reader.ts';

export interface BoundMilestone {
  /** Its tasks have no needs yet. */
  readonly milestone: Milestone;
  readonly lanes: readonly BoundLane[];
}

export interface BoundLane {
  readonly lane: Lane;
  readonly tasks: readonly BoundTask[];
}

/** Binds every milestone's tasks and gates. */
export function bindMilestones(binding: Binding): BoundMilestone[] {
  const { plan, playbook } = binding;
  const numbers = plan.milestones.map(({ number }) => number);
  unknownKeys(binding, ['milestones'], 'milestone', Object.keys(playbook.milestones), numbers);
  return plan.milestones.map((milestone) => bindMilestone(binding, milestone));
}

function bindMilestone(binding: Binding, milestone: Milestone): BoundMilestone {
  const entry = own(binding.playbook.milestones, milestone.number);
  const path = ['milestones', milestone.number];
  const ids = milestone.lanes.flatMap(({ tasks }) => tasks.map(({ id }) => id));
  unknownKeys(binding, [...path, 'tasks'], 'task', Object.keys(entry?.tasks ?? {}), ids);
  const bind = (lane: Lane, task: Task): BoundTask =>
    bindTask(binding, lane, task, [...path, 'tasks', task.id], own(entry?.tasks, task.id));
  const lanes = milestone.lanes.map((lane): BoundLane => {
    const tasks = lane.tasks.map((task) => bind(lane, task));
    return { lane: { ...lane, tasks: tasks.map(({ task }) => task) }, tasks };
  });
  const gate = (kind: 'entry' | 'exit' | 'quality'): Gate =>
    bindGate(binding, milestone.gates[kind], [...path, kind], entry?.[kind]);
  const stated = guardsOf(milestone, entry, binding.reader).map((one) =>
    bindGate(binding, one.gate, one.path, one.entry),
  );
  const changes = lanes.flatMap(({ tasks }) =>
    tasks.flatMap(({ task }) => changesGate(binding, milestone, task) ?? []),
  );
  const guards = [...stated, ...changes];
  return {
    milestone: {
      ...milestone,
      gates: {
        entry: gate('entry'),
        ...(guards.length === 0 ? {} : { guards }),
        exit: gate('exit'),
        quality: gate('quality'),
      },
      lanes: lanes.map(({ lane }) => lane),
    },
    lanes,
  };
}

function unknownKeys(
  { reader }: Binding,
  path: Path,
  what: 'milestone' | 'task',
  given: readonly string[],
  known: readonly string[],
): void {
  const where = what === 'task' ? `Milestone ${String(path[1])}` : 'The plan';
  for (const key of given.filter((one) => !known.includes(one))) {
    reader.error(`${what}-unknown`, [...path, key], `${where} has no ${what} "${key}".`, meantBy(key, known));
  }
}
