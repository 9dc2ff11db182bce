import type { Criterion, Gate } from '../plan/gate-model.ts';
import type { Person } from '../plan/model.ts';
import { mayOperate, operatorsInWords, senderOf, type Sender } from './messages/authorise.ts';
import { asAsked, isMet, missingApprovals, whoMayClear } from './rules/criteria.ts';
import type { VerdictCode } from './ledger.ts';
import type { GatesState, GateState } from './model.ts';
import { excluded } from './rules/separation.ts';

/** People whose message would have an effect. Empty in open mode, where anyone may send it; `undefined` when no person may. */
export type Able = readonly string[] | undefined;

/** Who may retry, skip, waive, reject, resubmit, recheck, hold and release. */
export function operatorsOf(state: GatesState): Able {
  return among(state, (_by, person) => mayOperate(state, { kind: 'listed', person }));
}

/** Whose approval of a criterion would count now. */
export function mayApprove(state: GatesState, gate: Gate, criterion: Criterion): Able {
  if (asAsked(state, gate, criterion).approval === 'no' || isMet(state, gate, criterion)) return undefined;
  if (state.people === null) return missingApprovals(state, gate, criterion) === '' ? undefined : [];
  const { people } = whoMayClear(state, gate, criterion);
  return people.length === 0 ? undefined : people;
}

/** Who may waive a criterion. */
export function mayWaive(state: GatesState, gate: Gate, criterion: Criterion): Able {
  if (criterion.reviews !== undefined || criterion.amends !== undefined) return undefined;
  return among(state, (by) => objectionToWaiver(state, gate, criterion, by) === undefined);
}

/** Why a waiver of a criterion by that person does not count; they are listed, or anyone may act. */
export function objectionToWaiver(
  state: GatesState,
  gate: Gate,
  criterion: Criterion,
  by: string,
): { code: VerdictCode; reason: string } | undefined {
  const sender = senderOf(state, by);
  if (sender === undefined || !mayOperate(state, sender)) {
    return { code: 'DENIED', reason: `only operators waive: ${operatorsInWords(state)}` };
  }
  const why = excluded(state, gate, by, criterion);
  if (why !== undefined) return { code: 'DENIED', reason: `${by} ${why}, so this is for others` };
  if (criterion.reviews !== undefined) return { code: 'REFUSED', reason: 'the review of an override is not waived' };
  if (criterion.amends !== undefined)
    return { code: 'REFUSED', reason: 'an amendment is approved or rejected, not waived' };
  return undefined;
}

/** Who may open a rejected gate again. */
export function mayResubmit(state: GatesState, gate: GateState): Able {
  return among(state, (by, person) => isForResubmit(state, gate, by, { kind: 'listed', person }));
}

export function isForResubmit(state: GatesState, { rejection }: GateState, by: string, sender: Sender): boolean {
  return rejection?.by === by || mayOperate(state, sender);
}

/** Who may clear a gate in spite of what is unmet. */
export function mayOverride(state: GatesState, { policy }: Gate): Able {
  const role = policy?.override?.role;
  return role === undefined ? undefined : among(state, (_by, { roles }) => roles.includes(role));
}

function among({ people }: GatesState, may: (by: string, person: Person) => boolean): Able {
  if (people === null) return [];
  const names = Object.entries(people).flatMap(([by, person]) => (may(by, person) ? [by] : []));
  return names.length === 0 ? undefined : names;
}
