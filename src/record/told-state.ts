import type { StateChange } from '../contract/replay.ts';
import type { GatesState } from '../gates/model.ts';
import { howMet } from '../gates/rules/criteria.ts';
import type { GateId } from '../plan/gate-model.ts';

/** How each criterion of a gate was met, in the order of the plan: `approved by dana`. */
export type HowMet = readonly (string | undefined)[];

/** The state of a phase as replay tells it, after the last activation. */
export class ToldState {
  /** Absent while the phase has none. */
  state: GatesState | undefined;
  /** As it was when the gate cleared: a vote may stop counting later. */
  private readonly cleared = new Map<GateId, HowMet>();

  take(told: StateChange): void {
    // It comes from the isolate of the workflow, which has arrays of its own.
    const change = structuredClone(told);
    const gates = { ...this.state?.gates, ...change.gates };
    // What replay does not tell is not read.
    this.state = { ...(this.state as GatesState), ...change, gates };
    for (const [id, { state }] of Object.entries(change.gates ?? {})) {
      if (state === 'cleared') this.cleared.set(id, this.metNow(id));
    }
  }

  /** How the criteria of a gate are met, or were when it cleared. */
  met(id: GateId): HowMet {
    return (this.state?.gates[id]?.state === 'cleared' ? this.cleared.get(id) : undefined) ?? this.metNow(id);
  }

  private metNow(id: GateId): HowMet {
    const { state } = this;
    const gate = state?.gates[id]?.gate;
    if (state === undefined || gate === undefined) return [];
    return gate.criteria.map((criterion) => howMet(state, gate, criterion));
  }
}
