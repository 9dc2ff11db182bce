import { log, upsertMemo, workflowInfo } from '@temporalio/workflow';
import { bytesOf } from '../../base/json.ts';
import type { MilestoneStage, PhaseStage } from '../../contract/answers.ts';
import type { CompiledPhase } from '../../contract/compiled.ts';
import type { PhaseIdentity } from '../../contract/kinds.ts';
import { LEDGER_MEMO } from '../../contract/names.ts';
import type { MilestoneProgress, PhaseSnapshot, PhaseState } from '../../contract/state.ts';
import type { AskedChanges, Effect, GatesEvent, Proof } from '../../gates/events.ts';
import type { Verdict } from '../../gates/ledger.ts';
import type { GatesState, GateState } from '../../gates/model.ts';
import { openIssues, reduce } from '../../activities/slices.ts';
import type { Gate, GateId, TaskRef } from '../../plan/gate-model.ts';
import type { Milestone, Plan } from '../../plan/model.ts';
import { childId, gateOf } from '../../views/state.ts';
import { asOpened, phaseState, waitingFor } from '../../views/status.ts';
import { ToMilestone } from '../channel/to-milestone.ts';
import { PhaseClock } from '../temporal/clock.ts';
import { changedAttributes, type SearchValues, upsertChanged } from '../temporal/search-attributes.ts';
import { measureChange } from './metrics.ts';
import { giveOrder, heldTasks, offerRounds, passHoldsOn, tasksInRounds } from './orders.ts';
import { snapshotOf, stateOf } from './snapshot.ts';

/** Bytes of what a phase may hand to its next run; the server takes 2 MB. */
export const SNAPSHOT_BYTES = 1_900_000;

/** A running phase: what it knows, and what is under way just now. */
export class PhaseRun {
  readonly identity: PhaseIdentity;
  readonly state: PhaseState;
  readonly clock = new PhaseClock(() => {
    this.mark();
  });
  /** Counts, by gate or check, how often a new look was asked for; a waiting check looks again when its count changes. */
  readonly rechecks = new Map<string, number>();
  /** What is said to milestones whose child is running now. */
  readonly channels = new Map<string, ToMilestone>();
  /** Milestones that have ended early and whose tasks a `retry` runs again. */
  readonly retried = new Set<string>();
  inRounds: readonly TaskRef[];
  /** Tasks that are held, as their milestones know it. */
  held: ReadonlySet<TaskRef>;
  /** Has further gates of tasks held, by the milestone whose child runs now. */
  readonly guarding = new Map<string, (gates: readonly Gate[]) => void>();
  /** Gates of tasks and lanes that a task has come to. */
  readonly reached = new Set<GateId>();
  /** What steps of a task want a person to agree to, as last asked. */
  readonly asked = new Map<TaskRef, { readonly number: number; readonly changes: readonly AskedChanges[] }>();
  /** Milestones whose child is about to end, and is not awaited as a child of this run. */
  readonly ended = new Set<string>();
  /**
   * Milestones whose end the phase looks for now and then. One that says that it ends is looked for at once. That takes a cancellation
   * and another activity, and the phase does not continue as new in between: it could not ask for more after that.
   */
  readonly lookedFor = new Set<string>();
  /** What the channels are to be told. */
  readonly pendingNotices: (Effect & { type: 'notice' })[] = [];
  /** Gates whose rounds are being opened just now. */
  readonly opening = new Set<GateId>();
  /** It cannot continue as new, and has said so. */
  isTooLarge = false;
  /** How many children are being started or looked for just now. */
  starting = 0;
  /** Number of the ledger's last entry that stands in the history, or that an activity is putting there. */
  passed: number;
  /** First entry of each portion that an activity is putting there. */
  readonly passing = new Set<number>();
  /** Under way while entries of the ledger are being put into the history. */
  recording: Promise<void> | undefined;
  /** Counts changes, so that the search attributes can follow. */
  revision = 0;
  private shown: SearchValues | undefined;
  /** The search attributes that follow from a state, which is drawn only once. */
  private drawn: { readonly state: PhaseStage; readonly gates: GatesState; readonly values: SearchValues } | undefined;

  constructor(name: string, snapshot: PhaseSnapshot) {
    const { workflowId, runId, firstExecutionRunId: firstRunId } = workflowInfo();
    this.identity = { name, workflowId, runId, firstRunId };
    this.state = stateOf(snapshot);
    this.held = heldTasks(this.gates);
    this.inRounds = tasksInRounds(this.gates);
    this.passed = this.gates.ledger.recorded;
    for (const [number, { channel }] of Object.entries(this.state.milestones)) {
      if (channel !== undefined) this.channels.set(number, new ToMilestone(channel, this));
    }
  }

  get plan(): Plan {
    return this.state.plan;
  }

  get gates(): GatesState {
    return this.state.gates;
  }

  /** Applies one event to the gates and does what follows from it. */
  apply(event: GatesEvent): Verdict | undefined {
    const before = this.gates;
    const { desk, slices, tasks } = before;
    const reduction = reduce(before, event, this.clock.now);
    this.state.gates = reduction.state;
    measureChange(this.identity, before, this.gates, this.clock.now);
    for (const effect of reduction.effects) this.enact(effect, desk);
    if (this.gates.slices !== slices || this.gates.tasks !== tasks) offerRounds(this);
    this.revision += 1;
    return reduction.verdict;
  }

  /** Judges one message. */
  judge(name: string, body: unknown, proof?: Proof): Verdict {
    const verdict = this.apply({ type: 'message', name, body, proof });
    if (verdict === undefined) throw new TypeError('the reducer gives a verdict on every message');
    return verdict;
  }

  gate(id: GateId): GateState {
    return gateOf(this.state, id);
  }

  /** As the plan has it now; `undefined` when an amendment has taken it out. */
  milestone(number: string): Milestone | undefined {
    return this.plan.milestones.find((milestone) => milestone.number === number);
  }

  /** Goes on by another plan. What is under way takes it from there. */
  replacePlan({ plan, source }: CompiledPhase, event: GatesEvent & { type: 'amended' }): void {
    this.state.plan = plan;
    if (source === undefined) delete this.state.source;
    else this.state.source = source;
    this.apply(event);
    this.inRounds = tasksInRounds(this.gates);
  }

  childId(number: string): string {
    return childId(this.identity.workflowId, number);
  }

  stage(number: string): MilestoneStage {
    return this.progressOf(number).stage;
  }

  runs(number: string): number {
    return this.progressOf(number).runs;
  }

  /** Why the milestone's child has ended early, until it runs again. */
  lost(number: string): string | undefined {
    return this.progressOf(number).lost;
  }

  advance(number: string, stage: MilestoneStage): void {
    this.setProgress(number, { ...this.progressOf(number), stage });
  }

  /** A child of the milestone begins to run. */
  begin(number: string, channel: ToMilestone): void {
    const { stage, runs } = this.progressOf(number);
    this.channels.set(number, channel);
    this.setProgress(number, { stage, runs: runs + 1, channel: channel.state });
  }

  /** @param lost why it has ended early, if so */
  end(number: string, lost?: string): void {
    const { stage, runs } = this.progressOf(number);
    this.channels.delete(number);
    this.retried.delete(number);
    this.ended.delete(number);
    for (const task of this.asked.keys()) if (task.startsWith(`${number}/`)) this.asked.delete(task);
    this.setProgress(number, { stage, runs, lost });
  }

  private progressOf(number: string): MilestoneProgress {
    return this.state.milestones[number] ?? { stage: 'pending', runs: 0 };
  }

  private setProgress(number: string, progress: MilestoneProgress): void {
    this.state.milestones[number] = progress;
    this.revision += 1;
  }

  /** Whether the next run can be given all that it has to know. */
  canContinue(): boolean {
    const bytes = bytesOf(this.snapshot());
    if (bytes <= SNAPSHOT_BYTES) return true;
    if (!this.isTooLarge) {
      const reason = `it would have to hand ${String(bytes)} bytes to its next run, of ${String(SNAPSHOT_BYTES)} at most; its history grows on, up to 50 MB`;
      this.apply({ type: 'note', what: 'not continued as new', reason });
    }
    this.isTooLarge = true;
    return false;
  }

  snapshot(): PhaseSnapshot {
    return snapshotOf(this.state);
  }

  /**
   * Brings the search attributes up to date; at most one upsert, and none when nothing that they hold has changed.
   *
   * @param gates as they are shown
   * @returns whether there was anything to write
   */
  show(state: PhaseStage, gates = this.gates): boolean {
    const values = this.searchValues(state, gates);
    if (values === undefined) return false;
    const isChanged = this.state.searchAttributes && upsertChanged(this.shown, values);
    this.shown = values;
    return isChanged;
  }

  /** True when the search attributes hold something else than what they should. */
  isToShow(state: PhaseStage): boolean {
    const values = this.searchValues(state, this.gates);
    return values !== undefined && changedAttributes(this.shown, values).length > 0;
  }

  /** What people see must never be able to fail a phase. */
  private searchValues(state: PhaseStage, gates: GatesState): SearchValues | undefined {
    if (this.drawn?.state === state && this.drawn.gates === gates) return this.drawn.values;
    const title = `Phase ${this.plan.number}: ${this.plan.title}`;
    try {
      const values = { plan: this.identity.name, title, state, ...waitingFor(gates), issues: openIssues(gates) };
      this.drawn = { state, gates, values };
      return values;
    } catch (error) {
      log.error('The search attributes could not be computed', { error });
      return undefined;
    }
  }

  /**
   * Adds a command to the workflow task. What people see changes anyway where a round opens; where it does not, the head of the ledger
   * goes into the memo, where it stands apart from the ledger itself.
   */
  private mark(): void {
    const gates = asOpened(this.gates, this.opening);
    const isWritten = this.opening.size > 0 && this.show(phaseState(gates), gates);
    if (isWritten) return;
    const { length, head } = this.gates.ledger;
    upsertMemo({ [LEDGER_MEMO]: { length, head } });
  }

  private enact(effect: Effect, deskBefore: GatesState['desk']): void {
    if (effect.type === 'notice') this.tell(effect);
    else if (effect.type === 'reopen') this.reopen(effect.gate);
    else if (effect.type === 'recheck') this.askAgain(effect.gate);
    else if (effect.type === 'holds') passHoldsOn(this);
    else if (effect.type === 'confirm') for (const check of effect.checks) this.askAgain(check);
    else giveOrder(this, effect, Object.hasOwn(deskBefore, effect.message.task));
  }

  /** The next round of a rejected gate is due. */
  reopen(gate: GateId): void {
    if (!this.state.reopened.includes(gate)) this.state.reopened = [...this.state.reopened, gate];
  }

  private tell(effect: Effect & { type: 'notice' }): void {
    if (this.plan.channels !== undefined) this.pendingNotices.push(effect);
  }

  private askAgain(what: string): void {
    this.rechecks.set(what, (this.rechecks.get(what) ?? 0) + 1);
  }
}
