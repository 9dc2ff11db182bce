import { windows } from '../calendar/windows.ts';
import { PASS_LIFETIME, reliedOn } from '../gates/freshness.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import type { GatesState, GateState } from '../gates/model.ts';

/** Why a gate may not have cleared at that instant, by the times that its policy states. */
export function timingFault(state: GatesState, gate: GateState, cleared: LedgerEntry): string | undefined {
  return tooSoon(gate, cleared) ?? outsideWindow(gate, cleared) ?? tooOld(state, gate, cleared);
}

function tooSoon({ gate, openedAt = 0, times, soak }: GateState, { at }: LedgerEntry): string | undefined {
  const { wait, soak: length } = gate.policy ?? {};
  const open = times?.wait ?? (wait === undefined ? 0 : openedAt + wait * 1000);
  if (at < open) return `${gate.id} cleared before it had been open for its least time`;
  if (length === undefined || (soak !== undefined && at >= soak.since + length * 1000)) return undefined;
  return `${gate.id} cleared before everything had held for its soak time`;
}

function outsideWindow({ gate }: GateState, { at }: LedgerEntry): string | undefined {
  const calendar = gate.policy?.window;
  if (calendar === undefined) return undefined;
  const [next] = windows(calendar, at, 1);
  return next !== undefined && next.opens <= at ? undefined : `${gate.id} cleared outside of ${calendar.name}`;
}

function tooOld(state: GatesState, gate: GateState, { at, passes = {} }: LedgerEntry): string | undefined {
  const old = reliedOn(state, gate).find(({ id, lifetime = PASS_LIFETIME }) => {
    const found = passes[id];
    return found === undefined || at - found > lifetime * 1000;
  });
  return old === undefined ? undefined : `${gate.gate.id} cleared on a pass of ${old.id} that was too old`;
}
