import { bindGate } from './bind-criteria.ts';
import { bindStacks, type BoundStacks } from './bind-stacks.ts';
import { bindTask, type BoundTask } from './bind-tasks.ts';
import type { PlaybookSource } from './compile.ts';
import type { Kinds } from './kinds.ts';
import { meantBy } from './match.ts';
import type { Gate, Milestone, Plan, Task } from './model.ts';
import { addNeeds } from './needs.ts';
import { PlaybookReader } from './playbook-reader.ts';
import type { Playbook } from './playbook.ts';
import type { Problem } from './problem.ts';
import { sha256 } from './digest.ts';
import { staffing } from './staffing.ts';

/** What the parts of a playbook are bound with. */
export interface Binding {
  readonly plan: Plan;
  readonly playbook: Playbook;
  readonly reader: PlaybookReader;
  readonly kinds: Kinds;
  /** Phase folder name. */
  readonly phase: string;
  readonly stacks: BoundStacks;
}

/** Binds a plan's tasks and criteria to what the playbook says of them. Never throws; reports everything at once. */
export function bind(plan: Plan, source: PlaybookSource): { plan: Plan; problems: Problem[] } {
  const reader = new PlaybookReader(source);
  const { playbook } = reader;
  if (playbook === undefined) return { plan, problems: reader.problems };
  const stacks = bindStacks(playbook, source.templates, reader);
  const binding: Binding = { plan, playbook, reader, kinds: source.kinds, phase: source.phase, stacks };
  unknownMilestones(binding);
  const { people } = playbook;
  const bound = bindMilestones(binding);
  const withPlaybook: Plan = {
    ...plan,
    milestones: addNeeds(bound, binding),
    gates: {
      entry: bindGate(binding, plan.gates.entry, ['gates', 'entry'], playbook.gates.entry),
      completion: bindGate(binding, plan.gates.completion, ['gates', 'completion'], playbook.gates.completion),
    },
    ...(people === undefined ? {} : { people }),
    ...(playbook.operators === undefined ? {} : { operators: playbook.operators }),
    digests: {
      ...plan.digests,
      playbook: sha256(source.text),
      templates: Object.fromEntries(
        Object.entries(source.templates).map(([path, text]) => [path, text === null ? null : sha256(text)]),
      ),
    },
  };
  staffing(withPlaybook, reader);
  return { plan: withPlaybook, problems: reader.problems };
}

export interface BoundMilestone {
  readonly milestone: Milestone;
  readonly tasks: readonly BoundTask[];
}

function bindMilestones(binding: Binding): BoundMilestone[] {
  return binding.plan.milestones.map((milestone) => {
    const entry = binding.playbook.milestones[milestone.number];
    const path = ['milestones', milestone.number];
    const ids = milestone.lanes.flatMap((lane) => lane.tasks.map(({ id }) => id));
    for (const id of Object.keys(entry?.tasks ?? {}).filter((key) => !ids.includes(key))) {
      binding.reader.error('unknown-task', [...path, 'tasks', id], `milestone ${milestone.number} has no task "${id}"`, meantBy(id, ids));
    }
    const tasks = milestone.lanes.flatMap((lane) =>
      lane.tasks.map((task) => bindTask(binding, lane, task, [...path, 'tasks', task.id], entry?.tasks?.[task.id])),
    );
    const taskOf = (task: Task): Task => tasks.find((one) => one.task.ref === task.ref)?.task ?? task;
    const gate = (kind: 'entry' | 'exit' | 'quality'): Gate =>
      bindGate(binding, milestone.gates[kind], [...path, kind], entry?.[kind]);
    return {
      milestone: {
        ...milestone,
        gates: { entry: gate('entry'), exit: gate('exit'), quality: gate('quality') },
        lanes: milestone.lanes.map((lane) => ({ ...lane, tasks: lane.tasks.map(taskOf) })),
      },
      tasks,
    };
  });
}

function unknownMilestones({ plan, playbook, reader }: Binding): void {
  const numbers = plan.milestones.map(({ number }) => number);
  for (const number of Object.keys(playbook.milestones).filter((key) => !numbers.includes(key))) {
    reader.error('unknown-milestone', ['milestones', number], `the plan has no milestone "${number}"`, meantBy(number, numbers));
  }
}
