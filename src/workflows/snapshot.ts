import type { GatesState, GateState } from '../gates/model.ts';
import type { HandoverDocument } from '../handover/document.ts';
import type { Notice } from '../notices/notice.ts';
import { gatesOf } from '../plan/gate-order.ts';
import type { GateId } from '../plan/gate-model.ts';
import type { Plan, TaskRef } from '../plan/model.ts';
import type { Outputs } from '../plan/references.ts';
import type { ChannelState } from './channel/to-milestone.ts';
import type { Contribution } from './channel/messages.ts';
import type { MilestoneStage, TaskOutcome } from './messages.ts';

/** Everything that a phase carries through continue-as-new. Plain JSON: a Map would arrive as `{}`. */
export interface PhaseSnapshot {
  readonly plan: Plan;
  readonly gates: KeptGates;
  readonly milestones: { readonly [number: string]: MilestoneProgress };
  readonly outcomes: { readonly [task: TaskRef]: TaskOutcome };
  readonly outputs: Outputs;
  /** Accepted contributions, of which every run of a milestone is told. */
  readonly contributions: { readonly [task: TaskRef]: readonly Contribution[] };
  /** Rejected gates whose next round is due. */
  readonly reopened: readonly GateId[];
  /** Rejected gates whose rework is under way. */
  readonly reworking: readonly GateId[];
  /** Tasks whose playbook entry a retry has read anew. */
  readonly readAnew: readonly TaskRef[];
  readonly handover: HandoverDocument | null;
  readonly searchAttributes: boolean;
  /** Notices that were being delivered. */
  readonly untold: readonly Notice[];
  /** Number of notices so far. */
  readonly told: number;
}

export interface MilestoneProgress {
  readonly stage: MilestoneStage;
  /** How often its child has run. */
  readonly runs: number;
  /** While its child runs: what is said between the two. */
  readonly channel?: ChannelState;
  /** Why its child has ended early; its unfinished tasks are blocked until somebody sends `retry`. */
  readonly lost?: string;
}

/** Gates that are still as the plan has them leave that to the plan: with their checks they are half of it. */
export interface KeptGates extends Omit<GatesState, 'gates'> {
  readonly gates: { readonly [gate: GateId]: Omit<GateState, 'gate'> & Partial<Pick<GateState, 'gate'>> };
}

export function keptGates(plan: Plan, state: GatesState): KeptGates {
  const planned = new Set(gatesOf(plan));
  const kept = Object.entries(state.gates).map(([id, { gate, ...rest }]) => {
    return [id, planned.has(gate) ? rest : { ...rest, gate }] as const;
  });
  return { ...state, gates: Object.fromEntries(kept) };
}

export function allGates(plan: Plan, state: KeptGates): GatesState {
  const planned = new Map(gatesOf(plan).map((gate) => [gate.id, gate]));
  const gates = Object.entries(state.gates).flatMap(([id, kept]): [GateId, GateState][] => {
    const gate = kept.gate ?? planned.get(id);
    return gate === undefined ? [] : [[id, { ...kept, gate }]];
  });
  return { ...state, gates: Object.fromEntries(gates) };
}
