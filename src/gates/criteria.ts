import type { Criterion } from '../plan/model.ts';
import type { CriterionState, GatesState, GateState } from './model.ts';

/** How a criterion came to be met, in words for the ledger; `undefined` while it is unmet. */
export function howMet(criterion: Criterion, state: CriterionState | undefined): string | undefined {
  if (state === undefined) return undefined;
  if (state.waiver !== undefined) return `waived by ${state.waiver.by}`;
  if (state.sameAs !== undefined) return `same as ${state.sameAs}`;
  const approved = state.approval === undefined ? undefined : `approved by ${state.approval.by}`;
  const passed =
    criterion.checks.length > 0 && criterion.checks.every(({ id }) => state.checks[id]?.state === 'passed');
  const checked = passed ? `checked by ${criterion.checks.map(({ kind }) => kind).join(', ')}` : undefined;
  switch (criterion.approval) {
    case 'only':
      return approved;
    case 'no':
      return checked;
    case 'or':
      return approved ?? checked;
    case 'and':
      return approved !== undefined && checked !== undefined ? `${approved}, ${checked}` : undefined;
  }
}

export function isMet(criterion: Criterion, state: CriterionState | undefined): boolean {
  return howMet(criterion, state) !== undefined;
}

/** State of a gate's criteria as a round opens. */
export function freshCriteria(state: GatesState, { gate }: GateState, round: number): GateState['criteria'] {
  return Object.fromEntries(
    gate.criteria.map((criterion): [string, CriterionState] => {
      // Only in a first round: a later one follows rework, so that what was asked elsewhere no longer speaks for now.
      const holds = round === 1 && criterion.sameAs !== undefined && wasMet(state, criterion.sameAs);
      return [criterion.id, { checks: {}, ...(holds ? { sameAs: criterion.sameAs } : {}) }];
    }),
  );
}

function wasMet(state: GatesState, id: string): boolean {
  const source = Object.values(state.gates).find(({ gate }) => gate.criteria.some((criterion) => criterion.id === id));
  const criterion = source?.gate.criteria.find((one) => one.id === id);
  if (source?.state !== 'cleared' || criterion === undefined) return false;
  return source.beforehand !== undefined || isMet(criterion, source.criteria[id]);
}
