import { holdOnGate } from '../gates/holds.ts';
import type { GatesState, GateState } from '../gates/model.ts';
import { soakEnd } from '../gates/soak.ts';
import type { UnmetCriterion } from './messages.ts';

/** What a criterion lacks, who may give it and who may not, and what its checks have found. */
export function needsInWords(criterion: UnmetCriterion): string {
  const { needs, who, approvedBy, excluded, checks, approval } = criterion;
  const names = who.length === 0 ? '' : ` (${who.join(', ')})`;
  const given = approvedBy.map((by) => `${by} has approved`);
  const barred = excluded.map(({ by, why }) => `not ${by}, who ${why}`);
  const person = needs === '' ? barred : [`${needs}${names}`, ...given, ...barred];
  const found = checks.map(
    ({ kind, state, since, reason }) =>
      `${kind} ${state}${sinceInWords(since)}${reason === undefined ? '' : `: ${reason}`}`,
  );
  return [...person, ...found].join(approval === 'or' ? ' or ' : ', ');
}

/** What an open gate waits for besides its criteria. */
export function waitsInWords(gates: GatesState, current: GateState): string[] {
  const { gate, state, times, waited, windows: [next] = [], windowSince, escalatedTo } = current;
  if (state !== 'open') return [];
  const hold = holdOnGate(gates, gate);
  const soaked = soakEnd(current);
  const name = gate.policy?.window?.name;
  return [
    ...(hold === undefined ? [] : [`held by ${hold.by}: ${hold.reason}`]),
    ...(times?.wait === undefined || waited === true ? [] : [`stays open until ${at(times.wait)}`]),
    ...(soaked === undefined ? [] : [`everything has to hold until ${at(soaked)}`]),
    ...(name === undefined ? [] : [windowInWords(name, windowSince !== undefined, next)]),
    ...(escalatedTo === undefined ? [] : [`${escalatedTo} may approve as well`]),
  ];
}

function windowInWords(name: string, isOpen: boolean, next: { opens: number; closes: number } | undefined): string {
  if (next === undefined) return `clears only within ${name}, of which no hours are known`;
  return isOpen
    ? `clears until ${at(next.closes)} (${name})`
    : `clears only within ${name}, next from ${at(next.opens)}`;
}

/** ", since 2026-11-24 09:30 UTC"; nothing where it is not known. */
export function sinceInWords(since: string | undefined): string {
  return since === undefined ? '' : ` since ${minute(since)}`;
}

/** An ISO instant to the minute. */
export function minute(instant: string): string {
  return `${instant.slice(0, 16).replace('T', ' ')} UTC`;
}

function at(ms: number): string {
  return minute(new Date(ms).toISOString());
}
