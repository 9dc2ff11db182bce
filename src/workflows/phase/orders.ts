import { roundOf } from '../../activities/slices.ts';
import type { Effect, GatesEvent } from '../../gates/events.ts';
import { holdOnTask } from '../../gates/rules/hold.ts';
import type { GatesState } from '../../gates/model.ts';
import type { Milestone } from '../../plan/model.ts';
import type { TaskRef } from '../../plan/gate-model.ts';
import { addOutputs, fit } from '../../plan/references.ts';
import type { PhaseState } from '../../contract/state.ts';
import type { TaskOrders } from '../../contract/channel.ts';
import type { ToMilestone } from '../channel/to-milestone.ts';

/** What of a running phase decides what its milestones are told. */
interface TellsMilestones {
  readonly state: PhaseState;
  /** By milestone, while its child runs. */
  readonly channels: ReadonlyMap<string, ToMilestone>;
  /** Milestones that have ended early and whose tasks a `retry` runs again. */
  readonly retried: Set<string>;
  /** Tasks that are carried out in rounds. */
  readonly inRounds: readonly TaskRef[];
  readonly clock: { readonly now: number };
  /** Tasks that are held, as their milestones know it. */
  held: ReadonlySet<TaskRef>;
  apply(event: GatesEvent): unknown;
}

/** Passes an accepted message on to the milestone that runs the task, and keeps here what must hold even if that run is lost. */
export function giveOrder(
  run: TellsMilestones,
  { name, message }: Effect & { type: 'task' },
  wasOnDesk: boolean,
): void {
  const { task, by, outputs, ...said } = message;
  const number = run.state.gates.tasks[task]?.milestone ?? '';
  const channel = run.channels.get(number);
  if (name === 'input') contribute(run, message);
  if (name === 'complete') run.state.outcomes[task] = { state: 'done', by };
  // A task that runs by its steps may be done before it hears of the skip: then its milestone has the last word.
  if (name === 'skip' && (wasOnDesk || channel === undefined)) run.state.outcomes[task] = { state: 'skipped', by };
  if (name === 'retry' && channel === undefined) run.retried.add(number);
  if (outputs !== undefined) publish(run, task, outputs);
  channel?.say(task, orderOf(name, { ...said, task, by }, channel), run.clock.now);
}

/** Outputs are kept by the phase and added where the order is sent. */
function orderOf(name: string, message: TaskOrders['complete'] & object, channel: ToMilestone): TaskOrders {
  if (name === 'complete') return { complete: message };
  if (name === 'skip') return { skip: message };
  return name === 'retry' ? { retry: channel.state.taken[message.task]?.stop ?? 0 } : {};
}

function contribute(run: TellsMilestones, message: TaskOrders['complete'] & object): void {
  const { task, by } = message;
  const contributors = run.state.gates.tasks[task]?.contributors ?? [];
  const person = run.state.gates.people?.[by];
  const agents = person === undefined ? contributors : contributors.filter((agent) => person.agents.includes(agent));
  run.state.contributions[task] = [...(run.state.contributions[task] ?? []), { message, agents }];
}

function publish(run: TellsMilestones, task: TaskRef, outputs: { readonly [name: string]: string }): void {
  const published = addOutputs(run.state.outputs, `tasks.${task}`, undefined, outputs);
  if (fit(published)) run.state.outputs = published;
  else run.apply({ type: 'note', what: 'outputs refused', on: task, reason: 'the outputs of all tasks are too large' });
}

/** Tells milestones of the tasks that a hold or a release has changed. One that starts later is told of all that are held. */
export function passHoldsOn(run: TellsMilestones): void {
  const before = run.held;
  run.held = heldTasks(run.state.gates);
  for (const [task, { milestone }] of Object.entries(run.state.gates.tasks)) {
    if (before.has(task) === run.held.has(task)) continue;
    run.channels.get(milestone)?.say(task, { held: heldInWords(run.state.gates, task) }, run.clock.now);
  }
}

/** Offers the next round to tasks that wait for one. What is offered stays: a round that has begun is not told anything else. */
export function offerRounds(run: TellsMilestones): void {
  for (const task of run.inRounds) {
    const { milestone = '', rounds } = run.state.gates.tasks[task] ?? {};
    const channel = run.channels.get(milestone);
    if (channel === undefined || rounds?.done === undefined) continue;
    const { round: said } = channel.said(task);
    // It has that round, or is in it.
    if (said !== undefined && ('over' in said ? said.after : said.number - 1) === rounds.done) continue;
    const round = roundOf(run.state.gates, task);
    if (round !== undefined) channel.say(task, { round }, run.clock.now);
  }
}

/** Tells a milestone of each task whether it is held: a reset of the phase may have taken a hold back that the milestone knows. */
export function sayHolds(run: TellsMilestones, number: string, channel: ToMilestone): void {
  for (const [task, { milestone }] of Object.entries(run.state.gates.tasks)) {
    if (milestone !== number || run.state.outcomes[task] !== undefined) continue;
    channel.say(task, { held: heldInWords(run.state.gates, task) }, run.clock.now);
  }
}

export function tasksInRounds({ tasks }: GatesState): TaskRef[] {
  return Object.keys(tasks).filter((task) => tasks[task]?.rounds !== undefined);
}

export function heldTasks(gates: GatesState): Set<TaskRef> {
  return new Set(Object.keys(gates.tasks).filter((task) => holdOnTask(gates, task) !== undefined));
}

/** Empty where it is not held. */
function heldInWords(gates: GatesState, task: TaskRef): string {
  const hold = holdOnTask(gates, task);
  return hold === undefined ? '' : `held by ${hold.by}: ${hold.reason}`;
}

/** What a run of a milestone begins with, besides contributions: what is held. */
export function firstOrders(run: TellsMilestones, { lanes }: Milestone): { [task: TaskRef]: TaskOrders } {
  const tasks = lanes.flatMap((lane) => lane.tasks).filter(({ ref }) => run.state.outcomes[ref] === undefined);
  const held = tasks.filter(({ ref }) => run.held.has(ref));
  return Object.fromEntries(held.map(({ ref }) => [ref, { held: heldInWords(run.state.gates, ref) }]));
}
