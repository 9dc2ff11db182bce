import type { GateState } from '../gates/model.ts';
import type { HandoverDocument } from '../contract/handover.ts';
import { gatesOf } from '../plan/walk.ts';
import type { Criterion } from '../plan/gate-model.ts';
import type { ShownPhase } from '../contract/state.ts';
import { gateOf } from './state.ts';

/** Pieces of evidence in a hand-over: the record has all of it. */
const EVIDENCE = 200;

/** What a completed phase gives to the next one: every criterion that was met and how, outputs, and where to go on. */
export function handoverOf(
  { identity, state }: ShownPhase,
  by: string,
  at: number,
  slices: HandoverDocument['slices'] = {},
): HandoverDocument {
  const { plan } = state;
  return {
    format: 1,
    phase: { number: plan.number, title: plan.title },
    workflowId: identity.workflowId,
    runId: identity.runId,
    completedAt: new Date(at).toISOString(),
    by,
    milestones: plan.milestones.map(({ number, title }) => ({ number, title, state: 'done' })),
    provides: gatesOf(plan).flatMap((gate) =>
      gateOf(state, gate.id).gate.criteria.map((criterion) => ({
        text: criterion.text,
        met: howMet(criterion, gateOf(state, gate.id)),
        gate: gate.id,
        criterion: criterion.id,
        milestone: gate.milestone,
      })),
    ),
    outputs: state.outputs,
    evidence: evidenceOf(state),
    slices,
    ledger: { length: state.gates.ledger.length, head: state.gates.ledger.head },
    next: {
      number: plan.nextPhase?.number,
      title: plan.nextPhase?.title,
    },
  };
}

/** What the gates' checks have looked at, each once. */
function evidenceOf({ gates: { gates } }: ShownPhase['state']): HandoverDocument['evidence'] {
  const all = Object.values(gates).flatMap(({ criteria }) =>
    Object.values(criteria).flatMap(({ checks }) => Object.values(checks).flatMap(({ evidence = [] }) => evidence)),
  );
  const byDigest = new Map(all.map((one) => [JSON.stringify(one), one]));
  return [...byDigest.values()].slice(0, EVIDENCE);
}

function howMet(criterion: Criterion, { beforehand, override, criteria }: GateState): string {
  if (beforehand !== undefined) return `before the phase, said by ${beforehand.by}`;
  const state = criteria[criterion.id];
  if (override !== undefined) return `overridden by ${override.by}: ${override.reason}`;
  if (state?.waiver !== undefined) return `waived by ${state.waiver.by}: ${state.waiver.reason}`;
  if (state?.sameAs !== undefined) return `same as ${state.sameAs}`;
  const names = (state?.votes ?? []).map(({ by }) => by);
  const approved = names.length === 0 ? [] : [`approved by ${names.join(' and ')}`];
  const passed = criterion.checks.filter(({ id }) => state?.checks[id]?.state === 'passed').map(({ kind }) => kind);
  return [...approved, ...(passed.length === 0 ? [] : [`checked by ${passed.join(', ')}`])].join(' and ');
}
