import type { GateState } from '../model.ts';
import { note, type Draft } from '../draft.ts';

/**
 * Has everything hold for as long as the policy wants before the gate clears. From the moment at which the last criterion is
 * met its checks are watched for a failure; one of them, or an approval withdrawn, and the time starts over.
 *
 * @param isMet whether every criterion is met now
 * @returns whether it has held for long enough, or need not
 */
export function hasSoaked(draft: Draft, gate: GateState, isMet: boolean): boolean {
  const length = gate.gate.policy?.soak;
  if (length === undefined) return isMet;
  if (!isMet) {
    stopSoaking(draft, gate);
    return false;
  }
  if (gate.soak?.until !== undefined) return true;
  if (gate.soak === undefined) {
    draft.setGate(gate.gate.id, { ...gate, soak: { since: draft.at } });
    note(draft, gate, 'soaking', `everything holds; it has to until ${iso(draft.at + length * 1000)}`);
  }
  return false;
}

function stopSoaking(draft: Draft, gate: GateState): void {
  if (gate.soak === undefined) return;
  const { soak, ...rest } = gate;
  draft.setGate(gate.gate.id, rest);
  note(draft, gate, 'soak broken', `not everything holds any more, after ${String(draft.at - soak.since)} ms`);
}

/** When the time for which everything has to hold is over; `undefined` while it does not run. */
export function soakEnd({ gate, soak }: GateState): number | undefined {
  const length = gate.policy?.soak;
  return length === undefined || soak === undefined || soak.until !== undefined
    ? undefined
    : soak.since + length * 1000;
}

/** What a gate relies on at its end is looked at once more: while it soaked, only failures were told. */
export function endSoak(draft: Draft, gate: GateState): void {
  if (gate.soak !== undefined) draft.setGate(gate.gate.id, { ...gate, soak: { ...gate.soak, until: draft.at } });
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
