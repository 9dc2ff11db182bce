import type { GatesState, GateState } from '../gates/model.ts';
import type { GateId, TaskRef } from '../plan/gate-model.ts';
import type { Plan } from '../plan/model.ts';
import type { Outputs } from '../plan/references.ts';
import type { MilestoneStage } from './answers.ts';
import type { CompiledPhase, PhaseSource } from './compiled.ts';
import type { ChannelState, Contribution } from './channel.ts';
import type { HandoverDocument } from './handover.ts';
import type { PhaseIdentity } from './kinds.ts';
import type { Notice } from './notice.ts';
import type { ListedKeys } from './seal.ts';

/**
 * Everything that a phase knows. Continue-as-new carries it, and all that people see is drawn from it. Plain JSON: a Map would
 * arrive as `{}`.
 */
export interface PhaseState {
  plan: Plan;
  /** Where texts of the plan are that an amendment has brought along. Absent: in the folder of the phase. */
  source?: PhaseSource;
  /** What an amendment was compiled to that waits for its approval. */
  proposed?: CompiledPhase;
  gates: GatesState;
  readonly milestones: { [number: string]: MilestoneProgress };
  readonly outcomes: { [task: TaskRef]: TaskOutcome };
  outputs: Outputs;
  /** Accepted contributions. Every run of a milestone is told of them, also one that replaces a lost one. */
  readonly contributions: { [task: TaskRef]: readonly Contribution[] };
  /** Rejected gates whose next round is due: resubmitted, or their rework is done. */
  reopened: readonly GateId[];
  /** Rejected gates whose rework is under way. */
  reworking: readonly GateId[];
  /** Tasks whose playbook entry a retry has read again. A later repetition reads it again as well. */
  readAnew: readonly TaskRef[];
  readonly handover: HandoverDocument | null;
  /** Whether the namespace is known to have the custom search attributes. */
  readonly searchAttributes: boolean;
  /** Whose answers count. Absent: answers are not signed. */
  readonly workers?: ListedKeys;
  /** Notices that are being delivered. */
  undelivered: readonly Notice[];
  /** Number of notices so far. */
  noticeCount: number;
}

/** A phase as views see it. */
export interface ShownPhase {
  readonly identity: PhaseIdentity;
  readonly state: PhaseState;
}

export interface MilestoneProgress {
  readonly stage: MilestoneStage;
  /** How often its child has run. */
  readonly runs: number;
  /** What is said between phase and milestone; there while its child runs. */
  readonly channel?: ChannelState;
  /** Why its child has ended early. Its unfinished tasks are blocked until a `retry`. */
  readonly lost?: string;
}

/** How a task ended. */
export interface TaskOutcome {
  readonly state: 'done' | 'skipped';
  /** Person who completed or skipped it; absent for steps. */
  readonly by?: string;
  readonly note?: string;
  /** Done before the phase started, or in an earlier run of the milestone. */
  readonly beforehand?: boolean;
}

/** What continue-as-new carries. */
export interface PhaseSnapshot extends Omit<PhaseState, 'gates'> {
  readonly gates: KeptGates;
}

/** Gates that are still as the plan has them leave that to the plan: with their checks they are half of it. */
export interface KeptGates extends Omit<GatesState, 'gates'> {
  readonly gates: { readonly [gate: GateId]: Omit<GateState, 'gate'> & Partial<Pick<GateState, 'gate'>> };
}
