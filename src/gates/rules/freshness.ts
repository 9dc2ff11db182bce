import type { Check, Criterion, CriterionId } from '../../plan/gate-model.ts';
import { approvedBy, asAsked } from './criteria.ts';
import type { GatesState, GateState } from '../model.ts';
import type { Draft } from '../draft.ts';

/** How long a pass speaks for now unless the playbook says otherwise, in seconds. */
export const PASS_LIFETIME = 600;

/** Number of times in a row that a gate has its passes confirmed before a person has to look. */
const CONFIRMATIONS = 5;

/**
 * Before a gate clears, passes that are too old are looked at again, so that everything holds at one instant: a check may have
 * passed long before the last approval came, or before the gate's window opened.
 *
 * @returns whether every pass that the gate relies on is fresh
 */
export function isFresh(draft: Draft, gate: GateState): boolean {
  const notBefore = Math.max(gate.windowSince ?? 0, gate.soak?.until ?? 0);
  const old = reliedOn(draft.state, gate).filter(({ id, criterion, lifetime = PASS_LIFETIME }) => {
    const at = foundAt(gate, criterion, id);
    return draft.at - at > lifetime * 1000 || at < notBefore;
  });
  if (old.length === 0) return true;
  const { pending = [], times = 0 } = gate.confirming ?? {};
  const ask = old.map(({ id }) => id).filter((id) => !pending.includes(id));
  if (ask.length === 0 || times > CONFIRMATIONS) return false;
  const id = gate.gate.id;
  draft.setGate(id, { ...gate, confirming: { pending: [...pending, ...ask], times: times + 1 } });
  if (times === CONFIRMATIONS) {
    draft.record({
      what: 'not confirmed',
      trust: 'phase',
      on: id,
      round: gate.round,
      code: 'ACCEPTED',
      reason: `${ask.join(', ')} took longer than a pass lives, ${String(CONFIRMATIONS)} times; lengthen "ttl", then recheck`,
    });
    return false;
  }
  draft.effects.push({ type: 'confirm', gate: id, checks: ask });
  return false;
}

/** When each pass was found that the gate relies on. */
export function passesOf({ state }: Draft, gate: GateState): { [check: string]: number } {
  return Object.fromEntries(reliedOn(state, gate).map(({ id, criterion }) => [id, foundAt(gate, criterion, id)]));
}

function foundAt(gate: GateState, criterion: CriterionId, check: string): number {
  return gate.criteria[criterion]?.checks[check]?.at ?? 0;
}

/** Checks without which the gate would not clear. Other gates are looked at by the phase itself and cannot be out of date. */
export function reliedOn(state: GatesState, { gate, criteria }: GateState): (Check & { criterion: string })[] {
  return gate.criteria.filter(isMetByChecks).flatMap(checksOf);

  function isMetByChecks(one: Criterion): boolean {
    const now = criteria[one.id];
    if (now === undefined || now.waiver !== undefined || now.sameAs !== undefined) return false;
    const { approval } = asAsked(state, gate, one);
    return approval === 'no' || approval === 'and' || (approval === 'or' && approvedBy(state, gate, one) === undefined);
  }
}

function checksOf({ id: criterion, checks }: Criterion): (Check & { criterion: string })[] {
  return checks
    .filter(({ concerns }) => concerns !== 'gates' && concerns !== 'state')
    .map((check) => ({ ...check, criterion }));
}
