import type { Criterion, CriterionId } from '../plan/gate-model.ts';
import { digestOf } from '../base/digest.ts';
import type { GatesEvent } from './events.ts';
import type { CheckState, GateState, Vote } from './model.ts';
import { clearIfMet } from './rounds.ts';
import type { Draft } from './draft.ts';

/** Takes what a check found; of another round than the open one it says nothing about now. */
export function takeCheck(draft: Draft, event: GatesEvent & { type: 'check' }): void {
  const gate = draft.gate(event.gate);
  if (gate?.state !== 'open' || gate.round !== event.round) return;
  const criterion = gate.gate.criteria.find(({ checks }) => checks.some(({ id }) => id === event.check));
  if (criterion === undefined) return;
  const before = gate.criteria[criterion.id] ?? { votes: [], checks: {} };
  const { result: state, reason, evidence } = event;
  const known = before.checks[event.check];
  // What was found last still counts as what people have seen while nothing new has been found.
  const kept = evidence ?? known?.evidence;
  const found = {
    state,
    at: draft.at,
    since: known?.state === state ? known.since : draft.at,
    reason,
    evidence: kept,
  };
  const why = staleVotes(known, found, showsReport(criterion, event.check));
  const looked = draft.setCriterion(confirmed(gate, event.check), criterion.id, {
    ...before,
    ...(why === undefined ? {} : { votes: [] }),
    checks: { ...before.checks, [event.check]: found },
  });
  if (why !== undefined && before.votes.length > 0) voided(draft, looked, criterion.id, before.votes, why);
  // Polls that find the same again are no news; the ledger tells changes.
  if (known?.state !== state) {
    const [first] = evidence ?? [];
    draft.record({
      what: 'check',
      trust: 'phase',
      on: event.check,
      round: gate.round,
      code: 'ACCEPTED',
      reason: `${state}${reason === undefined ? '' : `: ${reason}`}`,
      evidence: first,
    });
  }
  clearIfMet(draft, event.gate);
}

/** Why votes on a criterion no longer speak for what its check finds: other evidence, or a warning that they have not seen. */
function staleVotes(before: CheckState | undefined, now: CheckState, isReport: boolean): string | undefined {
  if (isReport && before?.evidence === undefined && now.evidence !== undefined) return 'the report is there now';
  if (before === undefined) return undefined;
  if (before.state !== 'warned' && now.state === 'warned') return 'its check warns now';
  if (before.evidence === undefined || digestOf(before.evidence) === digestOf(now.evidence)) return undefined;
  return 'its evidence has changed';
}

/** Tells whether a check shows the report that the criterion approves. A report cannot be approved before it exists. */
function showsReport({ evidence, checks }: Criterion, check: string): boolean {
  return evidence !== undefined && checks.some(({ id, concerns }) => id === check && concerns === 'report');
}

function voided(draft: Draft, gate: GateState, id: CriterionId, votes: readonly Vote[], why: string): void {
  draft.record({
    what: 'voided',
    trust: 'phase',
    on: id,
    round: gate.round,
    code: 'ACCEPTED',
    reason: `${why}: the approval of ${votes.map(({ by }) => by).join(' and ')} does not count any more`,
    criteria: [id],
  });
}

/** A check that was looked at again is no longer waited for. */
function confirmed(gate: GateState, check: string): GateState {
  if (gate.confirming === undefined) return gate;
  const { pending, times } = gate.confirming;
  return { ...gate, confirming: { pending: pending.filter((id) => id !== check), times } };
}
