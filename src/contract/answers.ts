import { defineQuery } from '@temporalio/workflow';
import type { Evidence, LedgerEntry } from '../gates/ledger.ts';
import type { DeskItem, GatesState, GateState, TaskSummary } from '../gates/model.ts';
import type { Hold } from '../gates/rules/hold.ts';
import type { GateId, TaskRef } from '../plan/gate-model.ts';
import type { Severity } from '../plan/severity.ts';

export interface MilestoneOverview {
  readonly number: string;
  readonly title: string;
  readonly stage: MilestoneStage;
  /** How often its lanes have run; more than once after a rework. */
  readonly runs: number;
  readonly workflowId: string;
}

export type MilestoneStage = 'pending' | 'entry' | 'work' | 'exit' | 'quality' | 'done';

/** Answer of the phase's `status` query. */
export interface PhaseStatus {
  readonly phase: string;
  readonly title: string;
  readonly state: PhaseStage;
  /** Whether what steps and checks answer counts only with a signature of a worker; `asserted`: anybody in the namespace can give it. */
  readonly answers: 'signed' | 'asserted';
  readonly gates: readonly { readonly gate: GateId; readonly state: GateState['state']; readonly round: number }[];
  readonly milestones: readonly MilestoneOverview[];
  /** What waits for people; first what is blocked, then what is overdue. */
  readonly desk: readonly DeskEntry[];
  /** The last note on the progress of each task that is not over, newest first; 100 at most. */
  readonly progress: readonly ProgressEntry[];
  /** What is held, by its name. */
  readonly holds: { readonly [on: string]: ShownHold };
  readonly agentDependencies: readonly AgentDependencyStatus[];
}

/** An item of the desk, with who may answer it, and how. */
export interface DeskEntry extends Omit<DeskItem, 'since' | 'due'> {
  /** ISO instants. */
  readonly since: string;
  readonly due?: string;
  /** Who holds it, and why: it cannot be completed or run again meanwhile. */
  readonly held?: string;
  /** Persons who may answer it. Empty in open mode, where anyone may. Empty and without a command: no person may. */
  readonly who: readonly string[];
  /** What answers it: `complete`, `input`, or `retry` where it is blocked. */
  readonly command?: string;
  /** What goes on without the task, given when the task is blocked or no person may answer. */
  readonly skip?: string;
}

/** The last report of progress of a task. */
export interface ProgressEntry {
  readonly task: TaskRef;
  readonly by: string;
  /** ISO instant. */
  readonly at: string;
  /** At most 300 characters; the ledger has all of it. */
  readonly note: string;
}

export interface ShownHold extends Omit<Hold, 'at'> {
  /** ISO instant. */
  readonly at: string;
  /** The command that lets it go on. Absent when no person may send it. */
  readonly release?: string;
}

/** `failed`: it could not begin; its failure says why. */
export type PhaseStage = 'compiling' | 'running' | 'waiting' | 'blocked' | 'completed' | 'cancelled' | 'failed';

export interface AgentDependencyStatus {
  readonly from: string;
  readonly to: readonly string[];
  readonly reason: string;
  /** Milestones in which the dependent agents work, and whether the first agent's earlier tasks are done. */
  readonly milestones: readonly {
    readonly number: string;
    readonly met: boolean;
    readonly waitsFor: readonly TaskRef[];
  }[];
}

/** Answer of the phase's `gates` query: the open gates. */
export interface OpenGates {
  /** First execution of the phase: what a signed decision is for. */
  readonly run: string;
  readonly gates: readonly OpenGate[];
}

/** What helps where approvals cannot: who may override, and who may release. */
export interface WaysOut {
  /** Who may clear the gate in spite of what is unmet; absent where its policy names no role, and while the gate is held. */
  readonly override?: { readonly role: string; readonly who: readonly string[]; readonly command: string };
  /** Set when no person is left who could approve something or open a rejected gate again. Says what helps. */
  readonly stuck?: string;
  /** The command that releases a held gate. Absent when no person may send it. */
  readonly release?: string;
}

export interface OpenGate extends WaysOut {
  readonly gate: GateId;
  readonly title: string;
  readonly state: GateState['state'];
  readonly round: number;
  /** ISO instants. */
  readonly openedAt?: string;
  readonly deadline?: string;
  /** What it waits for besides its criteria: a window, a least time, a hold. */
  readonly waits: readonly string[];
  /** Whether only signed decisions count. */
  readonly signed: boolean;
  /** Of this round; a decision that carries it counts in no other. */
  readonly nonce?: string;
  /** Digest of criteria, policy, evidence and guarded work; a decision that carries it counts only while none has changed. */
  readonly subject: string;
  /** Why it was rejected, and what is done again; absent while it is open. */
  readonly rejection?: GateState['rejection'];
  /**
   * What approves everything that is the sender's, or opens a rejected gate again; absent while tasks are being done again, and
   * where nobody may.
   */
  readonly command?: string;
  /** Who may send that command; empty in open mode, where anyone may. */
  readonly who?: readonly string[];
  readonly unmet: readonly UnmetCriterion[];
  readonly met: readonly MetCriterion[];
}

export interface MetCriterion {
  readonly criterion: string;
  readonly number: number;
  readonly text: string;
  /** `approved by dana and nora`, `checked by stacks`. */
  readonly how: string;
  /** What checks have looked at, and people have named; ten pieces at most. */
  readonly evidence?: readonly Evidence[];
  /** ISO instant. */
  readonly since?: string;
}

export interface UnmetCriterion {
  readonly criterion: string;
  readonly number: number;
  readonly text: string;
  readonly approval: 'only' | 'and' | 'or' | 'no';
  /** What a step would do, and a digest of it: what is approved is this and nothing else. */
  readonly changes?: { readonly where: string; readonly sha256: string };
  /** The approvals that are missing, in words: `Stakeholder`, `2 Stakeholder`, `1 more Stakeholder, Security Lead`. Empty where none is asked. */
  readonly needs: string;
  /** ISO instant since which it is unmet. */
  readonly since?: string;
  /** Persons whose approval counts already. */
  readonly approvedBy: readonly string[];
  /** Persons who may clear it now. Empty in open mode, where anyone may. Empty and without a command: no person may. */
  readonly who: readonly string[];
  /** Persons who hold a role for it and may not decide, with the reason. */
  readonly excluded: readonly { readonly by: string; readonly why: string }[];
  readonly checks: readonly FoundByCheck[];
  /** What checks have looked at, and people have named; ten pieces at most. */
  readonly evidence?: readonly Evidence[];
  /** The exact command that clears it. Absent while the gate is rejected, and when no person may send it. */
  readonly command?: string;
  /**
   * The exact command that does without it; there where a check does not pass and no approval makes up for it, or where too few are
   * left to approve it.
   */
  readonly waiver?: string;
  /** Who may send that; empty in open mode. */
  readonly waivers?: readonly string[];
}

export interface FoundByCheck {
  readonly kind: string;
  readonly state: string;
  /** ISO instant since which it has been found so. */
  readonly since?: string;
  /** As it was given last. */
  readonly reason?: string;
}

/** Answer of the `issues` query: the log of integration issues. */
export interface IssuesView {
  readonly open: number;
  /** Said to be mended, and not retested yet. */
  readonly resolved: number;
  readonly deferred: number;
  readonly closed: number;
  /** Failing cases that there is no issue for, because there are too many. */
  readonly beyond: number;
  /** Open ones first, and the gravest first of them; as many as an answer holds. */
  readonly issues: readonly ShownIssue[];
  /** Issues that the answer leaves out. */
  readonly more: number;
}

/** An issue; instants are ISO texts. */
export interface ShownIssue {
  readonly id: string;
  /** The case that fails: `component/testing/Orders › are listed`. */
  readonly key?: string;
  readonly title: string;
  readonly severity: Severity;
  readonly component: string;
  readonly agent: string;
  readonly state: 'open' | 'resolved' | 'closed' | 'deferred';
  readonly opened: {
    readonly at: string;
    readonly revision?: string;
    readonly evidence?: Evidence;
    readonly by?: string;
  };
  /** Revision at which it has failed last. */
  readonly failedAt?: string;
  readonly message?: string;
  readonly evidence?: Evidence;
  readonly assignee?: string;
  readonly resolution?: {
    readonly by: string;
    readonly at: string;
    readonly note: string;
    readonly revision?: string;
    readonly cases?: readonly string[];
    readonly waiver?: string;
  };
  readonly closed?: { readonly at: string; readonly revision?: string; readonly by?: string };
  readonly deferral?: { readonly by: string; readonly at: string; readonly reason: string };
  /** Why it is still there, in spite of what was said or run. */
  readonly because?: string;
  readonly reopened: number;
  /** How often it was said to be mended. */
  readonly rounds: number;
}

/** Answer of the `criteria` query: every criterion of every gate, for documents that tell what proves it. */
export interface CriteriaView {
  readonly criteria: readonly {
    readonly id: string;
    readonly gate: GateId;
    readonly text: string;
    /** The same criterion of an earlier gate. */
    readonly sameAs?: string;
    readonly met: boolean;
  }[];
}

/** Answer of the `ledger` query. */
export interface LedgerView {
  readonly length: number;
  /** Hash of the last entry, which covers all before it. */
  readonly head: string;
  /** Most recent entries, oldest first. */
  readonly recent: readonly LedgerEntry[];
}

/** Answer of the milestone's `status` query. */
export interface MilestoneStatus {
  readonly milestone: string;
  readonly title: string;
  readonly lanes: readonly {
    readonly title: string;
    readonly agent: string;
    readonly tasks: readonly TaskStatus[];
  }[];
}

export interface TaskStatus {
  readonly task: TaskRef;
  readonly title: string;
  readonly state: TaskSummary['state'];
  /** What it waits for: `4.1/c1 (keys)`, `planned start`, `Infrastructure Agent`. */
  readonly waitsFor: readonly string[];
  readonly reason?: string;
  /** Who holds it, and why: it does not begin, nor do further steps of it. */
  readonly held?: string;
  /** ISO instants. */
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly due?: string;
  readonly steps: readonly {
    readonly id: string;
    readonly label: string;
    readonly state: StepState;
    readonly tries: number;
  }[];
}

/** `skipped`: left out of a round without work. */
export type StepState = 'pending' | 'running' | 'done' | 'skipped' | 'failed';

export const statusQuery = defineQuery<PhaseStatus>('status');
export const gatesQuery = defineQuery<OpenGates>('gates');
/** State of every slice that keeps its own, by the slice's name. */
export const slicesQuery = defineQuery<GatesState['slices']>('slices');
/** Number of the last fact that the phase knows of each task whose milestone runs. */
export const heardQuery = defineQuery<{ readonly [task: TaskRef]: number }>('heard');
export const ledgerQuery = defineQuery<LedgerView>('ledger');
export const issuesQuery = defineQuery<IssuesView>('issues');
export const criteriaQuery = defineQuery<CriteriaView>('criteria');
export const milestoneStatusQuery = defineQuery<MilestoneStatus>('status');
