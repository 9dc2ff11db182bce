import { bytesOf } from '../../base/json.ts';
import type { KeptGates, PhaseSnapshot, PhaseState } from '../../contract/state.ts';
import type { LedgerEntry } from '../../gates/ledger.ts';
import type { GatesState, GateState } from '../../gates/model.ts';
import type { GateId } from '../../plan/gate-model.ts';
import type { Plan } from '../../plan/model.ts';
import { gatesOf } from '../../plan/walk.ts';

/** Bytes of the ledger's recent entries that travel with the phase; all of them stand in the history by then. */
const RECENT_BYTES = 250_000;

/** What a phase hands to its next run. */
export function snapshotOf(state: PhaseState): PhaseSnapshot {
  const { plan, gates } = state;
  const ledger = { ...gates.ledger, recent: latestEntries(gates.ledger.recent, RECENT_BYTES) };
  return { ...state, gates: keptGates(plan, { ...gates, ledger }) };
}

/** What a phase knows, from what the run before has handed over. */
export function stateOf(snapshot: PhaseSnapshot): PhaseState {
  return { ...snapshot, gates: allGates(snapshot.plan, snapshot.gates) };
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

/** As many of the last entries as fit, oldest first. */
export function latestEntries(entries: readonly LedgerEntry[], limit: number): LedgerEntry[] {
  let bytes = 0;
  const first = entries.findLastIndex((entry) => (bytes += bytesOf(entry)) > limit);
  return entries.slice(first + 1);
}
