import { digestOf } from '../../base/digest.ts';
import { bytesOf } from '../../base/json.ts';
import { clip } from '../../base/text.ts';
import {
  type Contribution,
  FACTS,
  FACTS_BYTES,
  nextNumber,
  type NumberedFact,
  type TaskOrders,
  type TaskReport,
} from '../../contract/channel.ts';
import type { PhaseSource } from '../../contract/compiled.ts';
import type { MilestoneInput } from '../../contract/inputs.ts';
import type { TaskOutcome } from '../../contract/state.ts';
import type { CalledRound, TaskBrief } from '../../contract/kinds.ts';
import type { StepState } from '../../contract/answers.ts';
import type { Fact } from '../../gates/events.ts';
import type { DeskItem, TaskMessage, TaskSummary } from '../../gates/model.ts';
import type { TaskRound } from '../../gates/slice.ts';
import type { GateId, TaskRef } from '../../plan/gate-model.ts';
import type { Task } from '../../plan/model.ts';
import type { Outputs } from '../../plan/references.ts';
import { isFact, REASON_CHARACTERS } from '../channel/shape.ts';

/** What a task sees of its milestone. */
export interface MilestoneOfTask {
  readonly input: MilestoneInput;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly taskQueue: string;
  /** Of all tasks so far. */
  readonly outputs: Outputs;
  /** Where the task's playbook entry is read anew, unless in the folder of the phase. */
  sourceOf(task: TaskRef): PhaseSource | undefined;
  /** Whether a task of this milestone is not over. */
  isOpen(task: TaskRef): boolean;
  /** For the phase: a person is asked to act on the task, or need not any more. */
  tell(task: TaskRef): void;
  /** For the phase, with the next report: no person has to act. */
  mention(task: TaskRef): void;
  /** @returns why the outputs are refused, if so */
  publish(
    address: string,
    environment: string | undefined,
    outputs: { readonly [name: string]: string },
  ): string | undefined;
  briefOf(task: Task, due: number | undefined): TaskBrief;
}

/** How far one step has come. */
export class StepProgress {
  state: StepState = 'pending';
  tries = 0;
  /** It has asked, and goes on in the same try. */
  hasAsked = false;

  /** Whether what needs it may begin. */
  get isOver(): boolean {
    return this.state === 'done' || this.state === 'skipped';
  }
}

/** How one task of a running milestone stands: what it has been told, and what it tells. */
export class TaskState {
  state: TaskSummary['state'] = 'pending';
  waitsFor: readonly string[] = [];
  reason: string | undefined;
  startedAt: number | undefined;
  endedAt: number | undefined;
  due: number | undefined;
  outcome: TaskOutcome | undefined;
  readonly steps = new Map<string, StepProgress>();
  readonly inputs: Contribution[] = [];
  completion: TaskMessage | undefined;
  skip: TaskMessage | undefined;
  /** Why it is held: it does not begin, nor do further steps of it. */
  held: string | undefined;
  /** Gates that it waits for. */
  readonly gates: Set<GateId>;

  /** Opens when its steps ask; absent where they could not ask when the phase was compiled. */
  readonly changesGate: GateId | undefined;
  /** Digests of what was asked and agreed to. */
  readonly approved = new Set<string>();
  protected refused: TaskOrders['refused'];
  /** What it waits for people to do. */
  protected desk: DeskItem | null = null;
  /** Number of its last stop; by the clock, so that none comes twice after a reset. */
  protected stop = 0;
  /** The last stop that a person has answered with `retry`. */
  protected retried = 0;
  protected ask: TaskReport['ask'];
  protected anew: TaskReport['readAnew'];
  private readonly unsettled: string[] = [];
  protected hasReachedGates = false;
  /** What is next, where it is carried out in rounds. */
  protected offered: TaskRound | undefined;
  /** The round that its steps are carried out in. */
  round: CalledRound | undefined;
  /** Number of the last round that it has carried out, while it waits for the next one. */
  protected roundsDone: number | undefined;
  /** With the number of the last report that holds it. */
  private readonly facts = new Map<string, { readonly fact: NumberedFact; saidIn?: number }>();
  /** Number of the last fact, for steps that ask the phase for what it has been told. */
  lastFact: number | undefined;

  task: Task;
  readonly milestone: MilestoneOfTask;

  constructor(task: Task, milestone: MilestoneOfTask, gates: readonly GateId[]) {
    this.task = task;
    this.milestone = milestone;
    this.gates = new Set(gates);
    this.changesGate = task.steps.some(({ asks }) => asks === true) ? `${task.ref}/changes` : undefined;
  }

  get isSkipped(): boolean {
    return this.skip !== undefined;
  }

  /** A bar tagged `milestone` marks that something is reached. It is no work. */
  get isMarker(): boolean {
    return this.task.tags.includes('milestone') && this.task.steps.length === 0;
  }

  get ended(): boolean {
    return this.outcome !== undefined;
  }

  /** Takes all that the phase has to say of the task; most of it may be known. */
  take(orders: TaskOrders): void {
    const { complete, skip, retry = 0, held, admitted = [], approved = [], refused, inputs = [], round } = orders;
    this.completion ??= complete;
    this.skip ??= skip;
    this.retried = Math.max(this.retried, retry);
    if (held !== undefined) this.held = held === '' ? undefined : held;
    for (const gate of admitted) this.gates.delete(gate);
    for (const digest of approved) this.approved.add(digest);
    if (refused !== undefined) this.refused = refused;
    if (round !== undefined) this.offered = round;
    const known = new Set(this.inputs.map(digestOf));
    for (const input of inputs) if (!known.has(digestOf(input))) this.contribute(input);
  }

  private contribute(input: Contribution): void {
    this.inputs.push(input);
    this.milestone.publish(`tasks.${this.task.ref}`, undefined, input.message.outputs ?? {});
  }

  /**
   * Keeps what a step has told, in the place of what it has told before, and tells the phase.
   *
   * @returns why it is refused, if so
   */
  keepFacts(facts: readonly Fact[]): string | undefined {
    if (facts.length === 0) return undefined;
    if (!facts.every(isFact)) return 'a fact of it has no topic, no key or no data, or too long ones';
    const kept = new Map<string, Fact>([...this.facts].map(([key, { fact }]) => [key, fact]));
    for (const fact of facts) kept.set(JSON.stringify([fact.topic, fact.key]), fact);
    if (kept.size > FACTS) return `its steps have told more than ${String(FACTS)} facts`;
    if (bytesOf([...kept.values()]) > FACTS_BYTES) {
      return `what its steps have told is more than ${String(FACTS_BYTES)} bytes together`;
    }
    for (const { topic, key, data } of facts) {
      this.lastFact = nextNumber(this.lastFact ?? 0, Date.now());
      this.facts.set(JSON.stringify([topic, key]), { fact: { number: this.lastFact, topic, key, data } });
    }
    this.milestone.tell(this.task.ref);
    return undefined;
  }

  /**
   * For the phase: how it stands.
   *
   * @param confirmed number of the last report that the phase has taken: it knows the facts in it
   * @param number of the report, when it is being sent
   */
  report(confirmed: number, number?: number): TaskReport {
    const unconfirmed = [...this.facts.values()].filter(({ saidIn = Infinity }) => saidIn > confirmed);
    if (number !== undefined) for (const one of unconfirmed) one.saidIn = number;
    const facts = unconfirmed.map(({ fact }) => fact);
    return {
      state: this.state,
      desk: this.desk,
      reason: this.reason,
      ...(this.stop === 0 ? {} : { stop: this.stop }),
      ...(this.hasReachedGates ? { gates: [...this.gates] } : {}),
      ask: this.ask,
      readAnew: this.anew,
      ...(this.unsettled.length === 0 ? {} : { unsettled: this.unsettled }),
      ...(this.roundsDone === undefined ? {} : { round: this.roundsDone }),
      ...(facts.length === 0 ? {} : { facts }),
    };
  }

  /** Says that people have to act, or that they need not any more. */
  waitFor(desk: DeskItem | null): void {
    this.desk = desk;
    this.milestone.tell(this.task.ref);
  }

  /** For the ledger: a cancelled step may have left something behind. */
  leaveUnsettled(what: string): void {
    this.unsettled.push(clip(what, REASON_CHARACTERS));
    this.milestone.tell(this.task.ref);
  }

  end(outcome: TaskOutcome): void {
    this.outcome = outcome;
    this.state = outcome.state;
    this.waitsFor = [];
    this.endedAt = Date.now();
    this.desk = null;
    if (outcome.beforehand !== true) this.milestone.mention(this.task.ref);
  }
}
