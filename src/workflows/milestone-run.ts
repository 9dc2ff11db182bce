import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { TaskBrief } from '../activities/define.ts';
import type { AskedChanges } from '../gates/events.ts';
import type { DeskItem } from '../gates/model.ts';
import type { Digests, Task, TaskRef } from '../plan/model.ts';
import { addOutputs, fit, OUTPUTS_BYTES, type Outputs } from '../plan/references.ts';
import type { MilestoneInput, MilestoneResult, TaskOrder, TaskOutcome } from './messages.ts';
import { milestoneBoard } from './milestone-board.ts';
import type { Reporter } from './reporter.ts';
import { TaskRun } from './task-run.ts';

/** What the tasks of a running milestone share. */
export class MilestoneRun {
  readonly tasks = new Map<TaskRef, TaskRun>();
  readonly startedAt = Date.now();
  readonly taskQueue = workflowInfo().taskQueue;
  /** Grows as steps publish; what is published is never taken back. */
  outputs: Outputs;
  readonly input: MilestoneInput;
  private readonly reporter: Reporter;

  constructor(input: MilestoneInput, reporter: Reporter) {
    this.input = input;
    this.reporter = reporter;
    this.outputs = input.outputs;
    for (const task of input.milestone.lanes.flatMap((lane) => lane.tasks)) {
      const run = new TaskRun(task, this, input.guards[task.ref] ?? []);
      const before = input.done[task.ref];
      if (before !== undefined) run.end({ ...before, beforehand: true });
      this.tasks.set(task.ref, run);
    }
    for (const order of input.orders) this.order(order);
  }

  /** Takes an order of the phase. */
  order(order: TaskOrder): void {
    this.tasks.get(order.message.task)?.order(order);
  }

  /** For the ledger of the phase: somebody has sent an order in its name. */
  reportRefused({ name, message: { task, by } }: TaskOrder): void {
    if (!this.tasks.has(task)) return;
    const refused = `"${name}" in the name of ${by}, which this phase has not sent`;
    this.reporter.report({ task, state: 'running', desk: null, refused });
  }

  report(run: TaskRun, desk: DeskItem | null, digests?: Digests): void {
    this.reporter.report({
      task: run.task.ref,
      state: run.state,
      desk,
      ...(run.reason === undefined ? {} : { reason: run.reason }),
      ...(digests === undefined ? {} : { digests }),
    });
    this.show();
  }

  /** For the phase: a task could begin but for its gates, which are opened now. */
  reportReached({ task, state, gates }: TaskRun): void {
    this.reporter.report({ task: task.ref, state, desk: null, gates: [...gates] });
    this.show();
  }

  /** For the phase: steps of a task have found what a person has to agree to. */
  reportAsks({ task, state }: TaskRun, asks: readonly AskedChanges[]): void {
    this.reporter.report({ task: task.ref, state, desk: null, asks });
    this.show();
  }

  /** Brings the board up to date; costs no history. */
  show(): void {
    setCurrentDetails(milestoneBoard(this));
  }

  /** For the ledger of the phase: a cancelled step may have left something behind. */
  reportUnsettled({ task, state }: TaskRun, unsettled: string): void {
    this.reporter.report({ task: task.ref, state: state === 'blocked' ? 'blocked' : 'running', desk: null, unsettled });
  }

  /** @returns why the outputs are refused: all of them travel in one payload, which the server limits */
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
    const lane = this.input.milestone.lanes.find((candidate) => candidate.tasks.some(({ ref }) => ref === task.ref));
    const bullets = lane?.bullets ?? [];
    const covered = bullets.filter(({ number }) => task.covers.includes(number));
    return {
      ref: task.ref,
      title: task.title,
      milestone: `${this.input.milestone.number} ${this.input.milestone.title}`,
      agent: task.agent,
      contributors: task.contributors,
      bullets: (covered.length > 0 ? covered : bullets).map(({ text }) => text),
      ...(due === undefined ? {} : { due: new Date(due).toISOString() }),
    };
  }

  result(): MilestoneResult {
    const tasks: { [task: TaskRef]: TaskOutcome } = {};
    for (const [ref, { outcome }] of this.tasks) if (outcome !== undefined) tasks[ref] = outcome;
    return { tasks, outputs: this.outputs };
  }
}
