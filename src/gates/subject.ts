import type { GateId } from '../plan/gate-model.ts';
import { digestOf } from './chain.ts';
import type { CriterionState, GatesState } from './model.ts';
import { guardedTasks } from './separation.ts';

/**
 * Digest of what a decision on a gate is about: its criteria and policy, the evidence that its checks have found, and the work
 * that it guards. People and channels are not part of it: who is asked may change without changing what is asked.
 */
export function subjectOf(state: GatesState, id: GateId): string {
  const current = state.gates[id];
  if (current === undefined) throw new TypeError(`no gate ${id}`);
  const { gate, criteria } = current;
  return digestOf({
    gate: id,
    policy: gate.policy ?? {},
    criteria: gate.criteria.map((criterion) => ({
      id: criterion.id,
      text: criterion.text,
      approval: criterion.approval,
      approvers: criterion.approvers ?? null,
      ordered: criterion.ordered ?? false,
      checks: criterion.checks.map(({ id: check, kind, input }) => ({ id: check, kind, input })),
      ...(criterion.changes === undefined ? {} : { changes: criterion.changes.sha256 }),
      evidence: evidenceOf(criteria[criterion.id]),
    })),
    work: guardedTasks(state, gate).map((task) => ({ task, ...state.tasks[task] })),
  });
}

function evidenceOf(criterion: CriterionState | undefined): object {
  return Object.fromEntries(
    Object.entries(criterion?.checks ?? {}).flatMap(([id, { evidence }]) =>
      evidence === undefined ? [] : [[id, evidence]],
    ),
  );
}
