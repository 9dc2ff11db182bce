import type { Gate } from './gate-model.ts';
import type { Plan } from './model.ts';
import { gatesOf } from './walk.ts';

/** Id of the gate that amendments have to pass, one after the other. */
export const AMENDMENT = 'amendment';

/** The gate of amendments before a playbook says anything of it. It has no criteria until somebody sends an amendment. */
export const bareAmendmentGate: Gate = {
  id: AMENDMENT,
  kind: 'entry',
  guards: { what: 'plan', of: 'phase', tasks: [] },
  criteria: [],
  line: 1,
};

/**
 * The gate that an amendment of a plan has to pass. Where the playbook does not name approvers, operators approve: they may waive
 * criteria as well. If any gate of the plan takes signed decisions alone, so does this one, because an amendment can change that gate.
 */
export function amendmentGate(plan: Plan): Gate {
  const { asks, ...gate } = plan.amendments ?? bareAmendmentGate;
  const operators = plan.operators === undefined ? {} : { approvers: [{ roles: plan.operators, quorum: 1 }] };
  const isSigned = gatesOf(plan).some(({ policy }) => policy?.trust === 'signed');
  return {
    ...gate,
    asks: asks ?? operators,
    ...(isSigned ? { policy: { ...gate.policy, trust: 'signed' } } : {}),
  };
}
