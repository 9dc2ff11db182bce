import type { GatesState } from '../gates/model.ts';
import type { HandoverDocument } from '../handover/document.ts';
import type { Notice } from '../notices/notice.ts';
import type { GateId, Plan, TaskRef } from '../plan/model.ts';
import type { Outputs } from '../plan/references.ts';
import type { MilestoneStage, TaskOrder, TaskOutcome } from './messages.ts';

/** Everything that a phase carries through continue-as-new. Plain JSON: a Map would arrive as `{}`. */
export interface PhaseSnapshot {
  readonly plan: Plan;
  readonly gates: GatesState;
  readonly milestones: { readonly [number: string]: MilestoneProgress };
  readonly outcomes: { readonly [task: TaskRef]: TaskOutcome };
  readonly outputs: Outputs;
  /** Orders that no milestone has been told yet. */
  readonly outbox: readonly TaskOrder[];
  readonly contributions: readonly TaskOrder[];
  /** Rejected gates whose next round is due. */
  readonly reopened: readonly GateId[];
  readonly handover: HandoverDocument | null;
  readonly searchAttributes: boolean;
  /** Notices that were being delivered. */
  readonly untold: readonly Notice[];
  /** Number of notices so far. */
  readonly told: number;
}

export interface MilestoneProgress {
  readonly stage: MilestoneStage;
  readonly runs: number;
}
