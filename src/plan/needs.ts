import type { Binding, BoundMilestone } from './bind.ts';
import type { BoundTask } from './bind-tasks.ts';
import { sortGraph } from './graph.ts';
import { meantBy } from './match.ts';
import type { Milestone, Need, Task, TaskRef } from './model.ts';
import { milestonesBefore } from './order.ts';
import { referencesIn, type Reference } from './references.ts';

/**
 * Adds to every task what it needs: tasks that deploy a stack it imports from, tasks that publish what its inputs refer to, and
 * tasks that the playbook states. Marks tasks that a broken template blocks.
 */
export function addNeeds(milestones: readonly BoundMilestone[], binding: Binding): Milestone[] {
  const tasks = milestones.flatMap((one) => one.tasks);
  const deployers = deployersOf(tasks);
  const needs = new Map(tasks.map((bound) => [bound.task.ref, needsOf(bound, tasks, deployers, binding)]));
  reportCycles(tasks, needs, binding);
  return milestones.map(({ milestone }) => ({
    ...milestone,
    lanes: milestone.lanes.map((lane) => ({
      ...lane,
      tasks: lane.tasks.map((task) => ({ ...task, needs: needs.get(task.ref) ?? [] })),
    })),
  }));
}

/** By address (`stacks.network`): the task whose steps publish it. */
function deployersOf(tasks: readonly BoundTask[]): Map<string, TaskRef> {
  const deployers = new Map<string, TaskRef>();
  for (const { task } of tasks) {
    for (const { publishes } of task.steps) if (!deployers.has(publishes)) deployers.set(publishes, task.ref);
  }
  return deployers;
}

function needsOf(
  bound: BoundTask,
  tasks: readonly BoundTask[],
  deployers: ReadonlyMap<string, TaskRef>,
  binding: Binding,
): Need[] {
  const { task, path } = bound;
  const { reader, stacks } = binding;
  const own = stacksOf(task);
  for (const stack of own) {
    const reason = stacks.broken[stack];
    if (reason !== undefined) reader.error('template', path, reason, { blocks: task.ref });
  }
  const imported = own.flatMap((stack) => stacks.imports[stack] ?? []).map((stack): Need | undefined => {
    const deployer = deployers.get(`stacks.${stack}`);
    if (deployer === undefined) {
      reader.error('import', path, `${task.ref} imports from stack "${stack}", which no task deploys`);
    }
    return deployer === undefined ? undefined : { task: deployer, what: stack };
  });
  const referred = task.steps
    .flatMap((step) => referencesIn(step.input))
    .map((reference) => referredNeed(bound, reference, tasks, deployers, binding));
  const stated = bound.statedNeeds.map((wanted, index) => statedNeed(bound, wanted, index, tasks, binding));
  const all = [...imported, ...referred, ...stated].filter((need) => need !== undefined && need.task !== task.ref);
  return distinct(all as Need[]).filter((need) => isReachable(bound, need, binding));
}

function stacksOf(task: Task): string[] {
  const names = task.steps.map(({ publishes }) => publishes).filter((address) => address.startsWith('stacks.'));
  return [...new Set(names.map((address) => address.slice('stacks.'.length)))];
}

function referredNeed(
  { task, path }: BoundTask,
  { address, text, name, stack }: Reference,
  tasks: readonly BoundTask[],
  deployers: ReadonlyMap<string, TaskRef>,
  { reader, stacks }: Binding,
): Need | undefined {
  const publisher = deployers.get(address) ?? tasks.find((one) => `tasks.${one.task.ref}` === address)?.task.ref;
  if (publisher === undefined) {
    const known = [...deployers.keys(), ...tasks.map((one) => `tasks.${one.task.ref}`)];
    reader.error('reference', path, `{{${text}}}: nothing publishes ${address}`, meantBy(address, known));
    return undefined;
  }
  const outputs = stack === undefined ? undefined : stacks.templates[stack]?.outputs;
  if (outputs?.includes(name) === false) {
    reader.error('reference', path, `{{${text}}}: stack "${String(stack)}" has no output "${name}"`, meantBy(name, outputs));
  }
  return publisher === task.ref ? undefined : { task: publisher, what: text };
}

function statedNeed(
  { task, path }: BoundTask,
  wanted: string,
  index: number,
  tasks: readonly BoundTask[],
  { reader }: Binding,
): Need | undefined {
  const milestone = task.ref.slice(0, task.ref.indexOf('/'));
  const ref = wanted.includes('/') ? wanted : `${milestone}/${wanted}`;
  if (tasks.some((one) => one.task.ref === ref)) return { task: ref, what: 'stated' };
  const known = tasks.map((one) => one.task.ref);
  reader.error('unknown-task', [...path, 'needs', index], `there is no task "${wanted}"`, meantBy(ref, known));
  return undefined;
}

/** A task of a milestone that runs at the same time, or later, would never be seen to be done. */
function isReachable({ task, path }: BoundTask, need: Need, { plan, reader }: Binding): boolean {
  const [mine = '', theirs = ''] = [task.ref, need.task].map((ref) => ref.slice(0, ref.indexOf('/')));
  if (mine === theirs || milestonesBefore(plan, mine).includes(theirs)) return true;
  reader.error('need-order', path, `${task.ref} needs ${need.task} (${need.what}), but milestone ${mine} does not depend on ${theirs}`, {
    suggestion: `State "Milestone ${theirs} → Milestone ${mine}" under Milestone Dependencies`,
  });
  return false;
}

function reportCycles(tasks: readonly BoundTask[], needs: ReadonlyMap<TaskRef, readonly Need[]>, { reader }: Binding): void {
  const known = new Set(tasks.map(({ task }) => task.ref));
  const before = (ref: TaskRef): TaskRef[] => {
    const task = tasks.find((one) => one.task.ref === ref)?.task;
    return [...(task?.after ?? []), ...(needs.get(ref) ?? []).map((need) => need.task)].filter((one) => known.has(one));
  };
  for (const cycle of sortGraph([...known], before).cycles) {
    const path = tasks.find(({ task }) => cycle.includes(task.ref) && (needs.get(task.ref) ?? []).length > 0)?.path ?? [];
    reader.error('need-cycle', path, `tasks wait for each other in a circle: ${cycle.join(' → ')}`);
  }
}

function distinct(needs: readonly Need[]): Need[] {
  return needs.filter((need, index) => needs.findIndex((one) => one.task === need.task) === index);
}
