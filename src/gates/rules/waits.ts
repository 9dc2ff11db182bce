import type { NamedCalendar } from '../../plan/gate-model.ts';
import { holdOnGate } from './hold.ts';
import type { GatesState, GateState } from '../model.ts';
import { soakEnd } from './soak.ts';

/** What an open gate waits for besides its criteria. */
export function waitsInWords(gates: GatesState, current: GateState): string[] {
  const { gate, state, times, waited, windows: [next] = [], windowSince, escalatedTo } = current;
  if (state !== 'open') return [];
  const hold = holdOnGate(gates, gate);
  const soaked = soakEnd(current);
  const calendar = gate.policy?.window;
  return [
    ...(hold === undefined ? [] : [`held by ${hold.by}: ${hold.reason}`]),
    ...(times?.wait === undefined || waited === true ? [] : [`stays open until ${at(times.wait)}`]),
    ...(soaked === undefined ? [] : [`everything has to hold until ${at(soaked)}`]),
    ...(calendar === undefined ? [] : [windowInWords(calendar, windowSince !== undefined, next)]),
    ...(escalatedTo === undefined ? [] : [`${escalatedTo} may approve as well`]),
  ];
}

/** In UTC, as all times, and as the clocks of the calendar's zone have it. */
function windowInWords(
  { name, zone, from, to }: NamedCalendar,
  isOpen: boolean,
  next: { opens: number; closes: number } | undefined,
): string {
  if (next === undefined) return `clears only within ${name}, of which no hours are known`;
  return isOpen
    ? `clears until ${at(next.closes)}, which is ${to} in ${zone} (${name})`
    : `clears only within ${name}, next from ${at(next.opens)}, which is ${from} in ${zone}`;
}

/** An ISO instant to the second, for people: some gates wait for a few of them only. */
export function second(instant: string): string {
  return `${instant.slice(0, 19).replace('T', ' ')} UTC`;
}

function at(ms: number): string {
  return second(new Date(ms).toISOString());
}
