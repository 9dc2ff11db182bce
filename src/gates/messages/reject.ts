import { own } from '../../base/json.ts';
import type { Gate, TaskRef } from '../../plan/gate-model.ts';
import { isForResubmit } from '../able.ts';
import { answer } from './answer.ts';
import { approverRoles, hasApprover, mayOperate, operatorsInWords, roleInWords } from './authorise.ts';
import type { Decision } from './decision.ts';
import { meant } from './shape.ts';
import type { Verdict } from '../ledger.ts';

/** Closes the round. With `rework` the next one opens when the tasks have been done again, else on `resubmit`. */
export function reject(decision: Decision): Verdict {
  const { draft, envelope, message, gate, sender } = decision;
  const approvers = gate.gate.criteria.filter((criterion) => criterion.approval !== 'no');
  const mayReject = approvers.some((criterion) => hasApprover(sender, criterion)) || mayOperate(draft.state, sender);
  if (!mayReject) {
    const roles = [...new Set(approvers.flatMap((one) => approverRoles(one)))];
    return answer(
      draft,
      envelope,
      'DENIED',
      `only its approvers and operators reject: ${roleInWords(draft.state, roles)}`,
    );
  }
  const rework = message.rework ?? [];
  const problem = reworkProblem(decision, rework);
  if (problem !== undefined) return answer(draft, envelope, problem.code, problem.reason);
  const { by, reason = '' } = message;
  draft.setGate(gate.gate.id, {
    ...gate,
    state: 'rejected',
    closedAt: draft.at,
    rejection: { by, reason, rework },
  });
  draft.effects.push({ type: 'notice', gate: gate.gate.id, kind: 'closed', reason: `rejected by ${by}: ${reason}` });
  const next = nextRound(gate.gate, rework);
  return answer(draft, envelope, 'ACCEPTED', `rejected: ${reason}; ${next}`);
}

function nextRound({ guards, renews = [] }: Gate, rework: readonly TaskRef[]): string {
  if (guards?.what === 'changes') return `${guards.of} is blocked until retry or skip`;
  if (guards?.what === 'plan') return 'the amendment is dropped, and nothing changes';
  if (rework.length > 0) return `to do again: ${[...new Set([...rework, ...renews])].join(', ')}`;
  return `opens again on resubmit${renews.length === 0 ? '' : `, once ${renews.join(', ')} has reported anew`}`;
}

/** Opens the next round of a rejected gate at once. */
export function resubmit({ draft, envelope, message, gate, sender }: Decision): Verdict {
  if (gate.state !== 'rejected')
    return answer(draft, envelope, 'REFUSED', `${gate.gate.id} is open; there is nothing to resubmit`);
  if (!isForResubmit(draft.state, gate, message.by, sender)) {
    return answer(
      draft,
      envelope,
      'DENIED',
      `only operators and who rejected it resubmit: ${operatorsInWords(draft.state)}`,
    );
  }
  if (gate.gate.guards?.what === 'changes') {
    const { of } = gate.gate.guards;
    return answer(
      draft,
      envelope,
      'REFUSED',
      `send retry for ${of}: its steps then find anew what they would do, and ask again`,
    );
  }
  if ((gate.rejection?.rework.length ?? 0) > 0) {
    return answer(
      draft,
      envelope,
      'REFUSED',
      'its tasks are being done again; the next round opens when they are done',
    );
  }
  draft.effects.push({ type: 'reopen', gate: gate.gate.id });
  const { renews = [] } = gate.gate;
  const when = renews.length === 0 ? 'now' : `once ${renews.join(', ')} has reported anew`;
  return answer(draft, envelope, 'ACCEPTED', `the next round opens ${when}`);
}

function reworkProblem(
  { draft, gate }: Decision,
  rework: readonly TaskRef[],
): { code: 'UNKNOWN' | 'REFUSED'; reason: string } | undefined {
  if (rework.length === 0) return undefined;
  const { kind, milestone } = gate.gate;
  if (kind === 'entry')
    return { code: 'REFUSED', reason: 'nothing has been done before an entry gate that could be done again' };
  for (const ref of rework) {
    const task = own(draft.state.tasks, ref);
    if (task === undefined) {
      return { code: 'UNKNOWN', reason: `there is no task ${meant(ref, Object.keys(draft.state.tasks))}` };
    }
    if (milestone !== undefined && task.milestone !== milestone) {
      return { code: 'REFUSED', reason: `${ref} is not a task of milestone ${milestone}, which this gate guards` };
    }
  }
  return undefined;
}
