/** What standups, reviews and the progress document are drawn from, and what is asked of the activity that publishes them. */
import { defineQuery } from '@temporalio/workflow';
import type { Publication } from '../gates/events.ts';
import type { GateStage } from '../gates/ledger.ts';
import type { Progress, TaskSummary } from '../gates/model.ts';
import type { Channel } from '../plan/channels.ts';
import type { NamedCalendar, TaskRef } from '../plan/gate-model.ts';
import type { Severity } from '../plan/severity.ts';
import type { AgentDependencyStatus, DeskEntry, MilestoneStage, OpenGate, PhaseStage } from './answers.ts';
import type { Pace } from './inputs.ts';
import type { PhaseIdentity } from './kinds.ts';

/** Answer of the phase's `delivery` query. Instants are epoch milliseconds. */
export interface DeliveryView {
  readonly title: string;
  readonly state: PhaseStage;
  /** When the phase has started; absent in a phase without standups and reviews. */
  readonly startedAt?: number;
  /** Of the plan, in the order of first mention. */
  readonly agents: readonly string[];
  readonly milestones: readonly DeliveredMilestone[];
  /** Open and rejected gates. */
  readonly gates: readonly Omit<OpenGate, 'subject'>[];
  readonly desk: readonly DeskEntry[];
  readonly agentDependencies: readonly AgentDependencyStatus[];
  readonly suites: readonly { readonly name: string; readonly summary: string }[];
  readonly issues: DeliveredIssues;
  /** Tasks that standups have told to be over. */
  readonly told: readonly TaskRef[];
  /** What people have said since the last standup, oldest first. */
  readonly words: readonly (Progress & { readonly task: TaskRef })[];
  /** Since the last review, oldest first. */
  readonly decisions: readonly DeliveredDecision[];
  /** How many there were before these. */
  readonly dropped: { readonly words: number; readonly decisions: number };
  /** Number of the last words, and of the last entry of the ledger. */
  readonly known: { readonly words: number; readonly decision: number };
}

export interface DeliveredMilestone {
  readonly number: string;
  readonly title: string;
  readonly stage: MilestoneStage;
  readonly workflowId: string;
  /** Whether its child runs, so that it can be asked. */
  readonly runs: boolean;
  /** Days that its Gantt needs. */
  readonly plannedDays: number;
  /** Milestones that it depends on. */
  readonly after: readonly string[];
  /** When its entry gate has cleared, when its exit gate has opened, and when its quality gate has cleared. */
  readonly began?: number;
  readonly workEnded?: number;
  readonly ended?: number;
  /** Criteria of its exit and quality gates. */
  readonly criteria: { readonly met: number; readonly total: number };
  readonly gates: readonly { readonly gate: string; readonly state: GateStage }[];
  readonly tasks: readonly DeliveredTask[];
}

export interface DeliveredTask {
  readonly task: TaskRef;
  readonly title: string;
  readonly agent: string;
  readonly state: TaskSummary['state'];
  /** Done or skipped. */
  readonly isOver: boolean;
  readonly by?: string;
  /** In plan days from the start of its milestone. */
  readonly start: number;
  readonly days: number;
  /** ISO instants, where the Gantt has dates. */
  readonly startsAt?: string;
  readonly dueAt?: string;
  /** Tasks that come before it, and what it needs. */
  readonly before: readonly TaskRef[];
}

export interface DeliveredIssues {
  readonly open: number;
  readonly resolved: number;
  readonly deferred: number;
  readonly closed: number;
  /** Failing cases that there is no issue for. */
  readonly beyond: number;
  /** The gravest that are not closed, 10 at most. */
  readonly gravest: readonly {
    readonly id: string;
    readonly title: string;
    readonly severity: Severity;
    readonly state: string;
    /** The person or agent that has it; may be empty. */
    readonly who: string;
  }[];
}

export interface DeliveredDecision {
  readonly at: number;
  readonly what: string;
  readonly by?: string;
  readonly on?: string;
  readonly reason: string;
}

/** What the activity publishes next: what was asked for, or the next one on the calendar, for which it waits. */
export interface PublishRequest {
  readonly phase: PhaseIdentity;
  /** The run that the phase has continued from as new. */
  readonly before?: string;
  readonly kind: 'standup' | 'review';
  readonly parts: readonly { readonly part: string; readonly line?: string }[];
  /** Names of audiences. */
  readonly to: readonly string[];
  /** As they were when the phase started, for when the playbook cannot be read now. */
  readonly audiences: { readonly [name: string]: readonly Channel[] };
  readonly calendar?: NamedCalendar;
  readonly pace: Pace;
  /** Length of a plan day in milliseconds. */
  readonly dayMs: number;
  readonly when: Asked | OnCalendar | OnPlanDays;
}

/** What is not on the calendar. */
export interface Asked {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly by?: string;
}

/** The first one after an instant. */
export interface OnCalendar {
  readonly after: number;
  readonly at: string;
  /** Absent: every working day. */
  readonly on?: 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';
}

export interface OnPlanDays {
  readonly after: number;
  /** Instant from which plan days are counted. */
  readonly began: number;
  /** Plan days from one to the next. */
  readonly every: number;
}

/** `none`: the calendar has no more. */
export type PublishResult = Publication | { readonly none: true };

export const deliveryQuery = defineQuery<DeliveryView>('delivery');
