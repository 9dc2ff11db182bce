import { workflowInfo } from '@temporalio/workflow';
import type { TaskBrief } from '../../contract/kinds.ts';
import type { Task } from '../../plan/model.ts';
import type { TaskRef } from '../../plan/gate-model.ts';
import { addOutputs, fit, OUTPUTS_BYTES, type Outputs } from '../../plan/references.ts';
import type { PhaseSource } from '../../contract/compiled.ts';
import type { AddedTask, Orders, TaskReport } from '../../contract/channel.ts';
import { ToPhase } from '../channel/to-phase.ts';
import type { MilestoneInput, MilestoneResult } from '../../contract/inputs.ts';
import type { TaskOutcome } from '../../contract/state.ts';
import type { MilestoneOfTask } from './task-state.ts';
import { TaskRun } from './task.ts';

/** What the tasks of a running milestone share. */
export class MilestoneRun implements MilestoneOfTask {
  readonly tasks = new Map<TaskRef, TaskRun>();
  readonly startedAt = Date.now();
  readonly taskQueue = workflowInfo().taskQueue;
  /** Grows as steps publish; what is published is never taken back. */
  outputs: Outputs;
  readonly input: MilestoneInput;
  readonly toPhase: ToPhase;
  /** As it is planned now: an amendment may add lanes and tasks. */
  milestone: MilestoneInput['milestone'];
  /** Where the entry of a task that an amendment has added is read anew. */
  private readonly sources = new Map<TaskRef, PhaseSource | undefined>();

  constructor(input: MilestoneInput) {
    this.input = input;
    this.milestone = input.milestone;
    this.toPhase = new ToPhase(input.identity, (...about) => this.reportOf(...about));
    this.outputs = input.outputs;
    for (const task of input.milestone.lanes.flatMap((lane) => lane.tasks)) {
      const run = new TaskRun(task, this, input.guards[task.ref] ?? []);
      const before = input.done[task.ref];
      if (before !== undefined) run.end({ ...before, beforehand: true });
      this.tasks.set(task.ref, run);
    }
    for (const [task, orders] of Object.entries(input.orders)) this.tasks.get(task)?.take(orders);
  }

  /** Takes what the phase has to say, if that is news. */
  takeOrders(orders: Orders): void {
    if (!this.toPhase.take(orders, Date.now())) return;
    for (const [task, said] of Object.entries(orders.tasks)) {
      if (said.added !== undefined && !this.tasks.has(task)) this.add(said.added);
      this.tasks.get(task)?.take(said);
    }
  }

  /** A task that an amendment has added, in a lane that there is, or in a new one. */
  private add({ lane, task, guards, source }: AddedTask): void {
    const { lanes } = this.milestone;
    const known = lanes.find(({ id }) => id === lane.id);
    const changed = { ...lane, tasks: [...(known?.tasks ?? []), task] };
    const others = known === undefined ? [...lanes, changed] : lanes.map((one) => (one === known ? changed : one));
    this.milestone = { ...this.milestone, lanes: others };
    this.sources.set(task.ref, source);
    this.tasks.set(task.ref, new TaskRun(task, this, guards));
  }

  sourceOf(task: TaskRef): PhaseSource | undefined {
    return this.sources.has(task) ? this.sources.get(task) : this.input.source;
  }

  /** The phase says to tasks in rounds what is next, which may depend on how others end. */
  private get isAwaited(): boolean {
    return this.milestone.lanes.some(({ tasks }) => tasks.some(({ rounds }) => rounds !== undefined));
  }

  isOpen(task: TaskRef): boolean {
    return this.tasks.get(task)?.ended === false;
  }

  tell(task: TaskRef): void {
    this.toPhase.say(task, true);
  }

  mention(task: TaskRef): void {
    this.toPhase.say(task, this.isAwaited);
  }

  /** All outputs travel in one payload, which the server limits. */
  publish(
    address: string,
    environment: string | undefined,
    outputs: { readonly [name: string]: string },
  ): string | undefined {
    if (Object.keys(outputs).length === 0) return undefined;
    const published = addOutputs(this.outputs, address, environment, outputs);
    if (!fit(published)) return `the outputs of all tasks together exceed ${String(OUTPUTS_BYTES)} bytes`;
    this.outputs = published;
    return undefined;
  }

  briefOf(task: Task, due: number | undefined): TaskBrief {
    const lane = this.milestone.lanes.find((candidate) => candidate.tasks.some(({ ref }) => ref === task.ref));
    const bullets = lane?.bullets ?? [];
    const covered = bullets.filter(({ number }) => task.covers.includes(number));
    return {
      ref: task.ref,
      title: task.title,
      milestone: `${this.input.milestone.number} ${this.input.milestone.title}`,
      agent: task.agent,
      contributors: task.contributors,
      bullets: (covered.length > 0 ? covered : bullets).map(({ text }) => text),
      due: due === undefined ? undefined : new Date(due).toISOString(),
    };
  }

  private reportOf(task: TaskRef, confirmed: number, number?: number): TaskReport {
    return this.tasks.get(task)?.report(confirmed, number) ?? { state: 'pending', desk: null };
  }

  result(): MilestoneResult {
    const tasks: { [task: TaskRef]: TaskOutcome } = {};
    for (const [ref, { outcome }] of this.tasks) if (outcome !== undefined) tasks[ref] = outcome;
    const told = [...this.tasks.keys()].map((ref) => [ref, this.toPhase.unconfirmed(ref).facts ?? []] as const);
    const facts = Object.fromEntries(told.filter(([, ofTask]) => ofTask.length > 0));
    return { tasks, outputs: this.outputs, ...(Object.keys(facts).length === 0 ? {} : { facts }) };
  }
}
