import { setCurrentDetails, upsertMemo, workflowInfo } from '@temporalio/workflow';
import type { PhaseIdentity } from '../activities/define.ts';
import type { AskedChanges, Effect, GatesEvent, Proof } from '../gates/events.ts';
import type { LedgerEntry, Verdict } from '../gates/ledger.ts';
import type { GatesState, GateState } from '../gates/model.ts';
import { holdOnTask } from '../gates/holds.ts';
import { reduce } from '../gates/reduce.ts';
import type { HandoverDocument } from '../handover/document.ts';
import type { Notice } from '../notices/notice.ts';
import { bytesOf } from '../plan/bytes.ts';
import type { GateId } from '../plan/gate-model.ts';
import type { Milestone, Plan, TaskRef } from '../plan/model.ts';
import { phaseBoard } from './board.ts';
import { LEDGER_MEMO } from './memo.ts';
import type { MilestoneOverview, MilestoneStage, PhaseState, TaskOrder, TaskOutcome } from './messages.ts';
import { PhaseClock } from './phase-clock.ts';
import { allGates, keptGates, type MilestoneProgress, type PhaseSnapshot } from './snapshot.ts';
import { upsertChanged, type SearchValues } from './search-attributes.ts';
import { phaseState, waitingFor } from './views.ts';
import { addOutputs, fit, type Outputs } from '../plan/references.ts';

/** Bytes of the ledger's recent entries that travel with the phase; all of them stand in the history by then. */
const RECENT_BYTES = 250_000;

/** A running phase: its plan, what the gates reducer holds, how far each milestone is, and what is passed between them. */
export class PhaseRun {
  readonly plan: Plan;
  readonly clock = new PhaseClock();
  readonly identity: PhaseIdentity;
  gates: GatesState;
  outputs: Outputs;
  readonly outcomes: { [task: TaskRef]: TaskOutcome };
  readonly handover: HandoverDocument | null;
  /** Orders for tasks whose milestone is not running yet, or whose child has not been told. */
  readonly outbox: TaskOrder[];
  /** Accepted contributions: every run of a milestone is told of them, also one that replaces a lost one. */
  contributions: readonly TaskOrder[];
  /** Rejected gates whose next round is due: resubmitted, or their rework is done. */
  readonly reopened: Set<GateId>;
  /** Tasks whose playbook entry a retry has read anew: whoever does them again reads it anew as well. */
  readonly readAnew: Set<TaskRef>;
  /** Counts, by gate or check, how often a new look was asked for; a waiting check looks again when its count changes. */
  readonly rechecks = new Map<string, number>();
  /** Milestones whose child is running now. */
  readonly running = new Set<string>();
  private readonly held = new Set<TaskRef>();
  /** Gates of tasks and lanes that a task has come to. */
  readonly reached = new Set<GateId>();
  /** What steps of a task want somebody to agree to, until its gate has taken it up. */
  readonly asked = new Map<TaskRef, readonly AskedChanges[]>();
  /** What the channels are to be told. */
  readonly news: (Effect & { type: 'notice' })[] = [];
  /** Notices that are being delivered, by id. */
  readonly untold: Map<string, Notice>;
  /** Number of notices so far. */
  told: number;
  /** How many rounds are being opened just now. */
  opening = 0;
  /** Counts changes, so that what is shown can follow. */
  revision = 0;
  private readonly progress: { [number: string]: MilestoneProgress };
  private readonly searchAttributes: boolean;
  private shown: SearchValues | undefined;
  /** Gates that have cleared since the memo was written. */
  private cleared = 0;

  constructor(name: string, snapshot: PhaseSnapshot) {
    const { workflowId, runId, firstExecutionRunId: firstRunId } = workflowInfo();
    this.identity = { name, workflowId, runId, firstRunId };
    this.plan = snapshot.plan;
    this.gates = allGates(snapshot.plan, snapshot.gates);
    this.outputs = snapshot.outputs;
    this.outcomes = { ...snapshot.outcomes };
    this.handover = snapshot.handover;
    this.outbox = [...snapshot.outbox];
    this.contributions = snapshot.contributions;
    this.reopened = new Set(snapshot.reopened);
    this.readAnew = new Set(snapshot.readAnew);
    this.progress = { ...snapshot.milestones };
    this.searchAttributes = snapshot.searchAttributes;
    this.untold = new Map(snapshot.untold.map((notice) => [notice.id, notice]));
    this.told = snapshot.told;
    for (const task of Object.keys(this.gates.tasks)) {
      if (holdOnTask(this.gates, task) !== undefined) this.held.add(task);
    }
  }

  /** Applies one event to the gates and does what follows from it. */
  apply(event: GatesEvent): Verdict | undefined {
    const { desk } = this.gates;
    const reduction = reduce(this.gates, event, this.clock.now);
    this.gates = reduction.state;
    for (const effect of reduction.effects) this.enact(effect, desk);
    this.revision += 1;
    return reduction.verdict;
  }

  /** Judges one message. */
  judge(name: string, body: unknown, proof?: Proof): Verdict {
    const verdict = this.apply({ type: 'message', name, body, ...(proof === undefined ? {} : { proof }) });
    if (verdict === undefined) throw new TypeError('the reducer gives a verdict on every message');
    return verdict;
  }

  gate(id: GateId): GateState {
    const state = this.gates.gates[id];
    if (state === undefined) throw new TypeError(`no gate ${id}`);
    return state;
  }

  stage(number: string): MilestoneStage {
    return this.progress[number]?.stage ?? 'pending';
  }

  runs(number: string): number {
    return this.progress[number]?.runs ?? 0;
  }

  advance(number: string, stage: MilestoneStage, runs = this.runs(number)): void {
    this.progress[number] = { stage, runs };
    this.revision += 1;
  }

  childId(number: string): string {
    return `${this.identity.workflowId}:${number}`;
  }

  overview(milestone: Milestone): MilestoneOverview {
    return {
      number: milestone.number,
      title: milestone.title,
      stage: this.stage(milestone.number),
      runs: this.runs(milestone.number),
      workflowId: this.childId(milestone.number),
    };
  }

  snapshot(): PhaseSnapshot {
    return {
      plan: this.plan,
      gates: keptGates(this.plan, { ...this.gates, ledger: { ...this.gates.ledger, recent: this.recentEntries() } }),
      milestones: this.progress,
      outcomes: this.outcomes,
      outputs: this.outputs,
      outbox: this.outbox,
      contributions: this.contributions,
      reopened: [...this.reopened],
      readAnew: [...this.readAnew],
      handover: this.handover,
      searchAttributes: this.searchAttributes,
      untold: [...this.untold.values()],
      told: this.told,
    };
  }

  private recentEntries(): LedgerEntry[] {
    let bytes = 0;
    const { recent } = this.gates.ledger;
    return recent
      .toReversed()
      .filter((entry) => (bytes += bytesOf(entry)) <= RECENT_BYTES)
      .toReversed();
  }

  /** Brings board and search attributes up to date; at most one upsert, and none when nothing that they hold has changed. */
  show(state: PhaseState = phaseState(this.gates)): void {
    setCurrentDetails(phaseBoard(this, state));
    this.showHead();
    if (!this.searchAttributes) return;
    const title = `Phase ${this.plan.number}: ${this.plan.title}`;
    const values: SearchValues = { plan: this.identity.name, title, state, ...waitingFor(this.gates) };
    upsertChanged(this.shown, values);
    this.shown = values;
  }

  /** The ledger's head goes into the memo whenever a gate has cleared, where it stands apart from the ledger itself. */
  private showHead(): void {
    const { length, head } = this.gates.ledger;
    if (this.cleared === 0) return;
    this.cleared = 0;
    upsertMemo({ [LEDGER_MEMO]: { length, head } });
  }

  private enact(effect: Effect, deskBefore: GatesState['desk']): void {
    if (effect.type === 'cleared') this.cleared += 1;
    else if (effect.type === 'notice') this.tell(effect);
    else if (effect.type === 'reopen') this.reopened.add(effect.gate);
    else if (effect.type === 'recheck') this.askAgain(effect.gate);
    else if (effect.type === 'holds') this.passHoldsOn();
    else if (effect.type === 'confirm') for (const check of effect.checks) this.askAgain(check);
    else if (effect.type === 'task') this.give(effect, Object.hasOwn(deskBefore, effect.message.task));
  }

  /** Orders for the tasks that a hold or a release has changed. A milestone that starts later is told of all that are held. */
  private passHoldsOn(): void {
    for (const [task, { milestone }] of Object.entries(this.gates.tasks)) {
      const isHeld = holdOnTask(this.gates, task) !== undefined;
      if (isHeld === this.held.has(task)) continue;
      if (isHeld) this.held.add(task);
      else this.held.delete(task);
      if (this.running.has(milestone)) this.outbox.push(this.holdOrder(task));
    }
  }

  /** The order that tells a milestone how a task stands: held, and why, or not. */
  holdOrder(task: TaskRef): TaskOrder {
    const hold = holdOnTask(this.gates, task);
    const { by, reason } = hold ?? { by: '', reason: '' };
    return { name: hold === undefined ? 'release' : 'hold', message: { task, by, reason }, agents: [] };
  }

  /** Tasks of a milestone that are held. */
  heldTasks(number: string): TaskRef[] {
    return [...this.held].filter((task) => this.gates.tasks[task]?.milestone === number);
  }

  private tell(effect: Effect & { type: 'notice' }): void {
    if (this.plan.channels !== undefined) this.news.push(effect);
  }

  private askAgain(what: string): void {
    this.rechecks.set(what, (this.rechecks.get(what) ?? 0) + 1);
  }

  /** Passes an order on, and keeps here at once what must hold even if the child that carries it out is lost. */
  private give(effect: Effect & { type: 'task' }, wasOnDesk: boolean): void {
    const { name, message } = effect;
    const { task, by, outputs } = message;
    const order = this.orderOf(effect);
    const isRunning = this.running.has(this.gates.tasks[task]?.milestone ?? '');
    // A milestone that starts is told of all contributions.
    if (name === 'input') this.contributions = [...this.contributions, order];
    if (name !== 'input' || isRunning) this.outbox.push(order);
    if (name === 'complete') this.outcomes[task] = { state: 'done', by };
    // A task that runs by its steps may be done before it hears of the skip: then its milestone has the last word.
    const isKnownHere = wasOnDesk || !isRunning;
    if (name === 'skip' && isKnownHere) this.outcomes[task] = { state: 'skipped', by };
    if (outputs === undefined) return;
    const published = addOutputs(this.outputs, `tasks.${task}`, undefined, outputs);
    if (fit(published)) this.outputs = published;
    else
      this.apply({ type: 'note', what: 'outputs refused', on: task, reason: 'the outputs of all tasks are too large' });
  }

  /** Takes the orders for one milestone's tasks out of the outbox. */
  takeOrders(number: string): TaskOrder[] {
    const mine = this.outbox.filter(({ message }) => message.task.startsWith(`${number}/`));
    for (const order of mine) this.outbox.splice(this.outbox.indexOf(order), 1);
    return mine;
  }

  hasOrders(number: string): boolean {
    return this.outbox.some(({ message }) => message.task.startsWith(`${number}/`));
  }

  private orderOf({ name, message }: Effect & { type: 'task' }): TaskOrder {
    const contributors = this.gates.tasks[message.task]?.contributors ?? [];
    const person = this.gates.people?.[message.by];
    const agents = person === undefined ? contributors : contributors.filter((agent) => person.agents.includes(agent));
    return { name, message, agents };
  }
}
