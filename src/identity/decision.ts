import { decisionClaims, type DecisionClaims } from './claims.ts';
import { Refusal } from './refusal.ts';

/** Seconds that clocks may differ by. */
const TOLERANCE = 30;
const LONGEST_LIFETIME = 24 * 60 * 60;

export const EXPIRED = 'the decision has expired';
export const OTHER_AUDIENCE = 'the decision is not addressed to phasegate';

/** @throws Refusal when this is no decision at all */
export function readDecision(value: unknown): DecisionClaims {
  const parsed = decisionClaims.safeParse(value);
  if (parsed.success) return parsed.data;
  const key = parsed.error.issues[0]?.path[0];
  if (key === undefined) throw new Refusal('the decision has claims that no decision has, or is none');
  throw new Refusal(key === 'aud' ? OTHER_AUDIENCE : `the claim "${String(key)}" of the decision is missing or wrong`);
}

/**
 * @param now epoch milliseconds; without it, only what is true at any time is checked
 * @throws Refusal when the decision does not count at that time
 */
export function checkTimes({ iat, exp }: DecisionClaims, now: number | undefined): void {
  if (exp <= iat) throw new Refusal('the decision expires before it was made');
  if (exp - iat > LONGEST_LIFETIME) throw new Refusal('the decision counts for longer than 24 hours');
  if (now === undefined) return;
  if (iat > now / 1000 + TOLERANCE) throw new Refusal('the decision says that it was made in the future');
  if (exp <= now / 1000 - TOLERANCE) throw new Refusal(EXPIRED);
}

/** The clock that jose is to go by. */
export function clockOf(now: number | undefined): { currentDate: Date; clockTolerance: number } {
  // Without a time nothing is early or late: a decision that counted is still the same decision years later.
  return now === undefined
    ? { currentDate: new Date(0), clockTolerance: Number.MAX_SAFE_INTEGER }
    : { currentDate: new Date(now), clockTolerance: TOLERANCE };
}
