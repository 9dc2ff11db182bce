import type { Window } from '../calendar/windows.ts';
import type { Proof } from '../gates/events.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import type { RoundTimes } from '../gates/model.ts';
import type { Channel } from '../plan/channels.ts';
import type { GateId, GatePolicy, NamedCalendar, TaskRef } from '../plan/gate-model.ts';
import type { People, Plan, Task } from '../plan/model.ts';
import type { HandoverDocument } from './handover.ts';
import type { CompiledPhase, CompileRequest, PhaseSource } from './compiled.ts';
import type { PublishRequest, PublishResult } from './delivery.ts';
import type { MilestoneResult } from './inputs.ts';
import type { PhaseIdentity, TaskBrief } from './kinds.ts';
import type { Notice } from './notice.ts';

/** What the phase workflow asks of the world, apart from steps and checks. Implemented in phase-host.ts. */
export interface PhaseActivities {
  /** Compiles the phase folder, at start and for every amendment. Fails for good, listing every problem, when the phase cannot start. */
  compilePhase(request: CompileRequest): Promise<CompiledPhase>;
  /** Reads one task's playbook entry and templates anew, for `retry`. */
  recompileTask(request: {
    readonly phase: string;
    readonly task: TaskRef;
    readonly source?: PhaseSource;
  }): Promise<RecompiledTask>;
  /** What a round of a gate begins with: a nonce that could not be known before, and the people as they are listed now. */
  openRound(request: RoundRequest): Promise<RoundOpening>;
  /** Windows of a calendar that follow an instant. */
  nextWindows(request: WindowsRequest): Promise<Timed & { readonly windows: readonly Window[] }>;
  /** Tells the playbook's channels, as they are listed now; what is worth another attempt fails retryably. */
  notify(request: NotifyRequest): Promise<Notified>;
  /** Publishes a standup or review as soon as it is due; fails retryably until then, and while channels do not take it. */
  publish(request: PublishRequest): Promise<PublishResult>;
  /** Verifies a signed decision with the keys as they are registered now. A provider that cannot be reached is worth a retry. */
  verifyDecision(request: VerifyRequest): Promise<Timed & Proof>;
  /** Puts entries of the ledger into the history, from where they can be verified: it answers with them. */
  recordLedger(request: { readonly ledger: readonly LedgerEntry[] }): Promise<PackedLedger>;
  /** Looks for, or waits for, a milestone that an earlier run of this phase has started. */
  adoptMilestone(request: AdoptionRequest): Promise<Timed & Adopted>;
  /** For a milestone: answers when its phase has ended, or another run of it goes on. Until then it fails retryably. */
  watchPhase(request: WatchRequest): Promise<Watched>;
  /** Ends at once: what follows is another workflow task. */
  pause(): Promise<void>;
  /** Tells a task's agent what is to be done; answers who may complete it. */
  brief(request: { readonly phase: PhaseIdentity; readonly task: TaskBrief }): Promise<Briefed>;
  /** Reads the hand-over given at start, a path within the phase folder or the document itself, and checks its shape. */
  readHandover(request: { readonly phase: string; readonly handover: unknown }): Promise<HandoverDocument>;
  /**
   * Writes the histories of a phase and of its milestones into the records directory as they close. Fails retryably while there
   * is nothing to write.
   */
  exportHistories(request: ArchiveRequest): Promise<Archived>;
  writeHandover(document: HandoverDocument): Promise<{ readonly where: string; readonly sha256: string }>;
}

export interface ArchiveRequest {
  /** Of the phase. */
  readonly workflowId: string;
  /** Its run whose end is awaited. */
  readonly runId: string;
  /** Run that the phase began with. */
  readonly firstRunId: string;
  /** Run that continued as new into the one whose end is awaited. */
  readonly before?: string;
  /** Whether the run has closed, so that the record can be finished at once. */
  readonly isClosed?: boolean;
}

export interface Archived {
  /**
   * `growing`: something was written, and more is to come. `continued`: the phase goes on as another run, which has its own
   * archive. `elsewhere`: another workflow writes this record. `complete`: the phase has ended, and its record is written.
   */
  readonly state: 'growing' | 'continued' | 'elsewhere' | 'complete';
  /** Folder within the records directory. */
  readonly where: string;
  /** Run whose end is awaited now: a reset gives a phase another one. */
  readonly runId: string;
  /** Number of histories that were written, or that the complete record holds. */
  readonly histories: number;
  /** What belongs to the complete record and is not in it, one line each. */
  readonly missing: readonly string[];
}

export interface RecompiledTask {
  readonly task: Task;
  /** Digests of plan, playbook and templates as they are now. */
  readonly digests: Plan['digests'];
}

export interface RoundRequest {
  readonly phase: string;
  readonly gate: GateId;
  /** Whether the plan lists people, so that they have to be read. */
  readonly people: boolean;
  /** Entries of the ledger that stand in no history yet. */
  readonly ledger: readonly LedgerEntry[];
  /** Where the gate's policy has a calendar: the policy, and when the round opens. */
  readonly time?: { readonly policy: GatePolicy; readonly at: number };
}

export interface WindowsRequest {
  readonly calendar: NamedCalendar;
  /** Epoch milliseconds. */
  readonly from: number;
}

export interface NotifyRequest {
  /** Phase folder. */
  readonly phase: string;
  readonly notice: Notice;
  /** Channels as they were when the phase started, for when the playbook cannot be read now. */
  readonly channels: readonly Channel[];
}

export interface Notified {
  /** Channels that a person has to mend, each with the reason. */
  readonly refused: readonly string[];
}

export interface WatchRequest {
  /** Of the phase. */
  readonly workflowId: string;
  readonly firstRunId: string;
  /** Its run that the milestone knows. */
  readonly runId: string;
  /** The milestone's own run; another one after a reset. */
  readonly self: string;
}

export type Watched =
  | { readonly state: 'over'; /** `COMPLETED`, `TERMINATED`, … */ readonly how: string }
  /** It is now that run of the phase, or the milestone was reset. */
  | { readonly state: 'changed'; readonly runId: string };

export interface AdoptionRequest {
  /** Of the milestone. */
  readonly workflowId: string;
  /** Of the run that the phase wants to start. */
  readonly identity: string;
  /** Whether to wait until it has ended. */
  readonly wait: boolean;
}

/** `running`: it still runs. `foreign`: a workflow of another owner runs under that id. `free`: none runs, and none has done this work. */
export type Adopted =
  | { readonly state: 'completed'; readonly result: MilestoneResult }
  | { readonly state: 'running' | 'foreign' | 'free' };

export interface VerifyRequest {
  /** Phase folder. */
  readonly phase: string;
  readonly workflowId: string;
  /** First execution run of the phase. */
  readonly run: string;
  /** The message as it came. */
  readonly token: unknown;
}

/** Entries of the ledger, or the same as JSON, compressed by gzip, in base64. */
export interface PackedLedger {
  readonly ledger: readonly LedgerEntry[] | string;
}

export interface RoundOpening extends Timed, PackedLedger {
  /** 128 random bits in hexadecimal. */
  readonly nonce: string;
  readonly times?: RoundTimes;
  readonly windows?: readonly Window[];
  /** For the ledger: what could not be computed as the policy has it. */
  readonly remark?: string;
  /** Absent when the playbook lists no people. `problem`: they cannot be read now. */
  readonly listed?: PeopleNow | { readonly problem: string };
}

export interface PeopleNow {
  readonly people: People | null;
  readonly operators: readonly string[] | null;
}

export interface Briefed {
  /** Persons who hold the agent; empty in open mode. */
  readonly who: readonly string[];
}

/** What a local activity answers besides its result: when it ran, in epoch milliseconds. */
export interface Timed {
  readonly at: number;
}
