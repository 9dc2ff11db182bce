/**
 * How a phase stands, as plain data: what pages for stakeholders and status tables are drawn from. It is gathered from a running
 * phase, or from a record alone.
 */
import type { LedgerEntry } from '../gates/ledger.ts';
import type { GatesState } from '../gates/model.ts';
import type { GateId, TaskRef } from '../plan/gate-model.ts';
import type { Plan } from '../plan/model.ts';
import type { DeskEntry, IssuesView, MilestoneStage, OpenGate, PhaseStage } from './answers.ts';
import type { Pace } from './inputs.ts';

export interface Standing {
  readonly workflowId: string;
  readonly plan: Plan;
  /** Who started it. */
  readonly by: string;
  readonly pace: Pace;
  /** Length of a plan day in milliseconds. */
  readonly dayMs: number;
  /** When this was so, in epoch milliseconds: now, or the end of the phase. */
  readonly at: number;
  readonly stage: PhaseStage | 'ended';
  /** How it has ended, where it did not complete. */
  readonly ending?: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly milestones: { readonly [number: string]: MilestoneStanding };
  readonly tasks: { readonly [task: TaskRef]: TaskStanding };
  /** By gate; a gate that is absent has not been reached. */
  readonly gates: { readonly [gate: GateId]: GateStanding };
  /** All of it, oldest first. */
  readonly ledger: readonly LedgerEntry[];
  /** What waits for people. Empty once the phase has ended, absent where no worker has said it. */
  readonly desk?: readonly DeskEntry[];
  readonly open: readonly OpenGate[];
  readonly issues: IssuesView;
  /** Results of suites, by suite and environment. */
  readonly suites: { readonly [key: string]: readonly SuiteRun[] };
  /** What could not be read, one sentence each. */
  readonly gaps: readonly string[];
}

export interface MilestoneStanding {
  readonly stage: MilestoneStage;
  readonly startedAt?: number;
  readonly endedAt?: number;
}

export interface TaskStanding {
  readonly state: GatesState['tasks'][TaskRef]['state'];
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Person who completed or skipped it. */
  readonly by?: string;
  /** It counts as done, and was not executed. */
  readonly beforehand?: boolean;
  /** Why it is blocked, or what it waits for. */
  readonly because?: string;
}

export interface GateStanding {
  readonly state: GatesState['gates'][GateId]['state'];
  readonly round: number;
  readonly openedAt?: number;
  readonly closedAt?: number;
  /** Cleared without having been opened: by whom that was said. */
  readonly beforehand?: string;
  /** Who cleared it in spite of unmet criteria. */
  readonly overriddenBy?: string;
  /** How each criterion was met, in the order of the plan: `approved by dana`. Absent while it is not. */
  readonly met: readonly (string | undefined)[];
}

/** The numbers of one run of a suite. */
export interface SuiteRun {
  /** ISO instant. */
  readonly at: string;
  readonly revision: string;
  readonly cases: {
    readonly total: number;
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
    readonly flaky: number;
  };
}
