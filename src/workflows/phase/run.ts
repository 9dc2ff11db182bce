import { setCurrentDetails, upsertMemo, workflowInfo } from '@temporalio/workflow';
import { bytesOf } from '../../base/json.ts';
import type { MilestoneOverview, MilestoneStage, PhaseState } from '../../contract/answers.ts';
import type { Contribution } from '../../contract/channel.ts';
import type { HandoverDocument } from '../../contract/handover.ts';
import type { KeptGates, MilestoneProgress, PhaseSnapshot, TaskOutcome } from '../../contract/inputs.ts';
import type { PhaseIdentity } from '../../contract/kinds.ts';
import { LEDGER_MEMO } from '../../contract/names.ts';
import type { Notice } from '../../contract/notice.ts';
import type { AskedChanges, Effect, GatesEvent, Proof } from '../../gates/events.ts';
import type { Verdict } from '../../gates/ledger.ts';
import type { GatesState, GateState } from '../../gates/model.ts';
import { reduce } from '../../gates/reduce.ts';
import type { GateId, TaskRef } from '../../plan/gate-model.ts';
import type { Milestone, Plan } from '../../plan/model.ts';
import type { Outputs } from '../../plan/references.ts';
import { gatesOf } from '../../plan/walk.ts';
import { phaseBoard } from '../../views/board.ts';
import { phaseState, waitingFor } from '../../views/status.ts';
import { ToMilestone } from '../channel/to-milestone.ts';
import { PhaseClock } from '../temporal/clock.ts';
import { type SearchValues, upsertChanged } from '../temporal/search-attributes.ts';
import { latestEntries } from './ledger.ts';
import { giveOrder, heldTasks, passHoldsOn } from './orders.ts';

/** Bytes of what a phase may hand to its next run; the server takes 2 MB. */
const SNAPSHOT_BYTES = 1_900_000;
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
  /** Accepted contributions: every run of a milestone is told of them, also one that replaces a lost one. */
  readonly contributions: { [task: TaskRef]: readonly Contribution[] };
  /** Rejected gates whose next round is due: resubmitted, or their rework is done. */
  readonly reopened: Set<GateId>;
  /** Rejected gates whose rework is under way. */
  readonly reworking: Set<GateId>;
  /** Tasks whose playbook entry a retry has read anew: whoever does them again reads it anew as well. */
  readonly readAnew: Set<TaskRef>;
  /** Counts, by gate or check, how often a new look was asked for; a waiting check looks again when its count changes. */
  readonly rechecks = new Map<string, number>();
  /** What is said to milestones whose child is running now. */
  readonly channels = new Map<string, ToMilestone>();
  /** Milestones that have ended early and whose tasks somebody wants to be run again. */
  readonly retried = new Set<string>();
  /** Tasks that are held, as their milestones know it. */
  held: ReadonlySet<TaskRef>;
  /** Gates of tasks and lanes that a task has come to. */
  readonly reached = new Set<GateId>();
  /** What steps of a task want somebody to agree to, as they have asked last. */
  readonly asked = new Map<TaskRef, { readonly number: number; readonly changes: readonly AskedChanges[] }>();
  /** Milestones whose child is about to end, and is not awaited as a child of this run. */
  readonly ended = new Set<string>();
  /** What the channels are to be told. */
  readonly news: (Effect & { type: 'notice' })[] = [];
  /** Notices that are being delivered, by id. */
  readonly untold: Map<string, Notice>;
  /** Number of notices so far. */
  told: number;
  /** How many rounds are being opened just now. */
  opening = 0;
  /** It cannot continue as new, and has said so. */
  isTooLarge = false;
  /** How many children are being started or looked for just now. */
  starting = 0;
  /** Under way while entries of the ledger are being put into the history. */
  recording: Promise<void> | undefined;
  /** Counts changes, so that what is shown can follow. */
  revision = 0;
  private readonly progress: { [number: string]: MilestoneProgress };
  /** Whether the namespace is known to have the custom search attributes. */
  readonly searchAttributes: boolean;
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
    this.contributions = { ...snapshot.contributions };
    this.reopened = new Set(snapshot.reopened);
    this.reworking = new Set(snapshot.reworking);
    this.readAnew = new Set(snapshot.readAnew);
    this.progress = { ...snapshot.milestones };
    this.searchAttributes = snapshot.searchAttributes;
    this.untold = new Map(snapshot.untold.map((notice) => [notice.id, notice]));
    this.told = snapshot.told;
    this.held = heldTasks(this.gates);
    for (const [number, { channel }] of Object.entries(snapshot.milestones)) {
      if (channel !== undefined) this.channels.set(number, new ToMilestone(channel, this));
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

  /** Whether a task is done or skipped, as far as the phase has heard; its results may come later. */
  isOver(task: TaskRef): boolean {
    const channel = this.channels.get(this.gates.tasks[task]?.milestone ?? '');
    return this.outcomes[task] !== undefined || channel?.state.taken[task]?.over === true;
  }

  /** Why the milestone's child has ended early, until it runs again. */
  lost(number: string): string | undefined {
    return this.progress[number]?.lost;
  }

  advance(number: string, stage: MilestoneStage): void {
    this.setProgress(number, { ...this.progressOf(number), stage });
  }

  /** A child of the milestone begins to run. */
  begin(number: string, channel: ToMilestone): void {
    const { stage, runs } = this.progressOf(number);
    this.channels.set(number, channel);
    this.setProgress(number, { stage, runs: runs + 1 });
  }

  /** @param lost why it has ended early, if so */
  end(number: string, lost?: string): void {
    const { stage, runs } = this.progressOf(number);
    this.channels.delete(number);
    this.retried.delete(number);
    this.ended.delete(number);
    for (const task of this.asked.keys()) if (task.startsWith(`${number}/`)) this.asked.delete(task);
    this.setProgress(number, { stage, runs, ...(lost === undefined ? {} : { lost }) });
  }

  private progressOf(number: string): MilestoneProgress {
    return this.progress[number] ?? { stage: 'pending', runs: 0 };
  }

  private setProgress(number: string, progress: MilestoneProgress): void {
    this.progress[number] = progress;
    this.revision += 1;
  }

  childId(number: string): string {
    return `${this.identity.workflowId}:${number}`;
  }

  overview(milestone: Milestone): MilestoneOverview {
    return {
      number: milestone.number,
      title: milestone.title,
      // A rework runs its lanes again while a later gate waits.
      stage: this.channels.has(milestone.number) ? 'work' : this.stage(milestone.number),
      runs: this.runs(milestone.number),
      workflowId: this.childId(milestone.number),
    };
  }

  /** Whether the next run can be given all that it has to know. */
  canContinue(): boolean {
    this.showHead();
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
    return {
      plan: this.plan,
      gates: keptGates(this.plan, {
        ...this.gates,
        ledger: { ...this.gates.ledger, recent: latestEntries(this.gates.ledger.recent, RECENT_BYTES) },
      }),
      milestones: Object.fromEntries(
        Object.entries(this.progress).map(([number, progress]) => {
          const channel = this.channels.get(number)?.state;
          return [number, { ...progress, ...(channel === undefined ? {} : { channel }) }];
        }),
      ),
      outcomes: this.outcomes,
      outputs: this.outputs,
      contributions: this.contributions,
      reopened: [...this.reopened],
      reworking: [...this.reworking],
      readAnew: [...this.readAnew],
      handover: this.handover,
      searchAttributes: this.searchAttributes,
      untold: [...this.untold.values()],
      told: this.told,
    };
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
    else if (effect.type === 'holds') passHoldsOn(this);
    else if (effect.type === 'confirm') for (const check of effect.checks) this.askAgain(check);
    else giveOrder(this, effect, Object.hasOwn(deskBefore, effect.message.task));
  }

  private tell(effect: Effect & { type: 'notice' }): void {
    if (this.plan.channels !== undefined) this.news.push(effect);
  }

  private askAgain(what: string): void {
    this.rechecks.set(what, (this.rechecks.get(what) ?? 0) + 1);
  }
}

function keptGates(plan: Plan, state: GatesState): KeptGates {
  const planned = new Set(gatesOf(plan));
  const kept = Object.entries(state.gates).map(([id, { gate, ...rest }]) => {
    return [id, planned.has(gate) ? rest : { ...rest, gate }] as const;
  });
  return { ...state, gates: Object.fromEntries(kept) };
}

function allGates(plan: Plan, state: KeptGates): GatesState {
  const planned = new Map(gatesOf(plan).map((gate) => [gate.id, gate]));
  const gates = Object.entries(state.gates).flatMap(([id, kept]): [GateId, GateState][] => {
    const gate = kept.gate ?? planned.get(id);
    return gate === undefined ? [] : [[id, { ...kept, gate }]];
  });
  return { ...state, gates: Object.fromEntries(gates) };
}
