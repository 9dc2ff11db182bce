import { isRecord } from '../../base/json.ts';
import type { CalledRound } from '../../contract/kinds.ts';
import type { Hears } from '../../plan/model.ts';

/** A round as a step is told of it: only what it needs. */
export function heard(round: CalledRound, hears: Hears | undefined): CalledRound {
  if (hears === undefined) return round;
  const parts = Object.entries(hears).flatMap(([part, wanted]) => {
    const value = round.told[part];
    if (value === undefined) return [];
    if (wanted === true || !Array.isArray(value)) return [[part, value] as const];
    const isWanted = (one: unknown) => isRecord(one) && Object.entries(wanted).every(([key, is]) => one[key] === is);
    return [[part, value.filter(isWanted)] as const];
  });
  return { ...round, told: Object.fromEntries(parts) };
}
