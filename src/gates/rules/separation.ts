import { digestOf } from '../../base/digest.ts';
import type { Criterion, Gate, GateId } from '../../plan/gate-model.ts';
import type { CriterionState, GatesState } from '../model.ts';

/**
 * Why a person may not decide at a gate although a role would allow it: separation of duties within the gate and across gates.
 * Looked at when a decision comes and again when the gate is about to clear, because other gates go on meanwhile.
 *
 * @returns a reason that completes "dana …", or `undefined` when nothing stands against it
 */
export function excluded(state: GatesState, gate: Gate, by: string, criterion?: Criterion): string | undefined {
  const { distinct = [], distinctFrom = [] } = gate.policy ?? {};
  if (distinct.includes('starter') && state.starter === by) return 'started the phase';
  if (distinct.includes('completers')) {
    const [task] = guardedTasks(state, gate).filter((ref) => state.tasks[ref]?.by === by);
    if (task !== undefined) return `completed or skipped ${task}, which this gate guards`;
  }
  const other = distinctFrom.find((id) => deciders(state, id).has(by));
  if (other !== undefined) return `decided ${other}`;
  if (criterion?.reviews?.by === by) return `overrode ${criterion.reviews.gate}, which is reviewed here`;
  if (distinct.includes('sender') && criterion?.amends?.by === by) return 'sent this amendment';
  return undefined;
}

/** Tasks whose work a gate is about: those of its milestone, or all of the phase; none before an entry gate. */
function guardedTasks(state: GatesState, { kind, milestone }: Gate): string[] {
  if (kind === 'entry') return [];
  return Object.entries(state.tasks)
    .filter(([, task]) => kind === 'completion' || task.milestone === milestone)
    .map(([ref]) => ref);
}

/** The people who approved, waived or overrode something of a gate in its last round. */
function deciders(state: GatesState, id: GateId): ReadonlySet<string> {
  const gate = state.gates[id];
  const criteria = Object.values(gate?.criteria ?? {});
  const names = criteria.flatMap(({ votes, waiver }) => [...votes, ...(waiver === undefined ? [] : [waiver])]);
  return new Set([...names, ...(gate?.override === undefined ? [] : [gate.override])].map(({ by }) => by));
}

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
      changes: criterion.changes?.sha256,
      amends: criterion.amends?.sha256,
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
