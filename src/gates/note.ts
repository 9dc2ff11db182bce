import type { GateState } from './model.ts';
import type { Turn } from './turn.ts';

/** Enters into the ledger what the phase itself has done at a gate. */
export function note(turn: Turn, { gate, round }: GateState, what: string, reason: string): void {
  turn.record({ what, trust: 'phase', on: gate.id, round, code: 'ACCEPTED', reason });
}
