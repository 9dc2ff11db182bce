import type { GateState } from '../model.ts';
import { note, type Turn } from '../turn.ts';

/**
 * Has everything hold for as long as the policy wants before the gate clears. From the moment at which the last criterion is
 * met its checks are watched for a failure; one of them, or an approval withdrawn, and the time starts over.
 *
 * @param isMet whether every criterion is met now
 * @returns whether it has held for long enough, or need not
 */
export function hasSoaked(turn: Turn, gate: GateState, isMet: boolean): boolean {
  const length = gate.gate.policy?.soak;
  if (length === undefined) return isMet;
  if (!isMet) {
    stopSoaking(turn, gate);
    return false;
  }
  if (gate.soak?.until !== undefined) return true;
  if (gate.soak === undefined) {
    turn.setGate(gate.gate.id, { ...gate, soak: { since: turn.at } });
    note(turn, gate, 'soaking', `everything holds; it has to until ${iso(turn.at + length * 1000)}`);
  }
  return false;
}

function stopSoaking(turn: Turn, gate: GateState): void {
  if (gate.soak === undefined) return;
  const { soak, ...rest } = gate;
  turn.setGate(gate.gate.id, rest);
  note(turn, gate, 'soak broken', `not everything holds any more, after ${String(turn.at - soak.since)} ms`);
}

/** When the time for which everything has to hold is over; `undefined` while it does not run. */
export function soakEnd({ gate, soak }: GateState): number | undefined {
  const length = gate.policy?.soak;
  return length === undefined || soak === undefined || soak.until !== undefined
    ? undefined
    : soak.since + length * 1000;
}

/** What a gate relies on at its end is looked at once more: while it soaked, only failures were told. */
export function endSoak(turn: Turn, gate: GateState): void {
  if (gate.soak !== undefined) turn.setGate(gate.gate.id, { ...gate, soak: { ...gate.soak, until: turn.at } });
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
