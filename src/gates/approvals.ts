import type { Criterion } from '../plan/model.ts';
import { answer } from './answer.ts';
import { mayApprove, roleInWords } from './authorise.ts';
import { isMet } from './criteria.ts';
import { closing, type Decision } from './decisions.ts';
import type { CriterionState, GateState, Verdict, Vote } from './model.ts';
import type { Turn } from './turn.ts';

/** Approves one criterion, or every unmet one of the gate that the sender may approve. */
export function approve(decision: Decision): Verdict {
  return decision.criterion === undefined ? approveMine(decision) : approveOne(decision, decision.criterion);
}

function approveOne(decision: Decision, criterion: Criterion): Verdict {
  const { turn, letter, message, gate, sender } = decision;
  const state = stateOf(gate, criterion);
  if (criterion.approval === 'no') {
    return answer(turn, letter, 'REFUSED', 'only its check decides this criterion; an operator may waive it');
  }
  if (!mayApprove(sender, criterion)) return answer(turn, letter, 'DENIED', denial(turn, criterion));
  if (state.approval !== undefined) {
    const who = state.approval.by === message.by ? 'by you' : `by ${state.approval.by}`;
    return answer(turn, letter, 'REPEATED', `approved already ${who}`);
  }
  if (isMet(criterion, state)) return answer(turn, letter, 'REPEATED', 'this criterion is met already');
  turn.setCriterion(gate, criterion.id, { ...state, approval: vote(decision, criterion) });
  return closing(turn, answer(turn, letter, 'ACCEPTED', 'approved'), gate);
}

function approveMine(decision: Decision): Verdict {
  const { turn, letter, message, gate, sender } = decision;
  const allowed = gate.gate.criteria.filter((criterion) => mayApprove(sender, criterion));
  if (allowed.length === 0) {
    const approvable = gate.gate.criteria.filter(({ approval }) => approval !== 'no');
    if (approvable.length === 0)
      return answer(turn, letter, 'REFUSED', 'checks alone decide this gate; an operator may waive');
    return answer(turn, letter, 'DENIED', approvable.map((criterion) => denial(turn, criterion)).join('; '));
  }
  const open = allowed.filter(
    (criterion) => stateOf(gate, criterion).approval === undefined && !isMet(criterion, stateOf(gate, criterion)),
  );
  if (open.length === 0) {
    return answer(
      turn,
      letter,
      'REPEATED',
      `everything of ${gate.gate.id} that ${message.by} may approve is approved or met`,
    );
  }
  let changed = gate;
  for (const criterion of open) {
    const state = { ...stateOf(changed, criterion), approval: vote(decision, criterion) };
    changed = turn.setCriterion(changed, criterion.id, state);
  }
  const numbers = open.map(({ number }) => String(number)).join(', ');
  return closing(turn, answer(turn, letter, 'ACCEPTED', `approved criteria ${numbers}`), gate);
}

/** Takes back the sender's own approval or waiver, of one criterion or of all. */
export function withdraw({ turn, letter, message, gate, criterion }: Decision): Verdict {
  const mine = (criterion === undefined ? gate.gate.criteria : [criterion]).filter((one) => {
    const { approval, waiver } = stateOf(gate, one);
    return approval?.by === message.by || waiver?.by === message.by;
  });
  if (mine.length === 0) return answer(turn, letter, 'REFUSED', `${message.by} has nothing to withdraw here`);
  let changed = gate;
  for (const one of mine) {
    const { approval, waiver, ...rest } = stateOf(changed, one);
    changed = turn.setCriterion(changed, one.id, {
      ...rest,
      ...(approval === undefined || approval.by === message.by ? {} : { approval }),
      ...(waiver === undefined || waiver.by === message.by ? {} : { waiver }),
    });
  }
  return answer(
    turn,
    letter,
    'ACCEPTED',
    `withdrawn from criteria ${mine.map(({ number }) => String(number)).join(', ')}`,
  );
}

function vote({ turn, message }: Decision, { role }: Criterion): Vote {
  const { by, note, evidence } = message;
  return {
    by,
    at: turn.at,
    ...(role === undefined ? {} : { role }),
    ...(note === undefined ? {} : { note }),
    ...(evidence === undefined ? {} : { evidence }),
  };
}

function denial(turn: Turn, { number, role }: Criterion): string {
  const needed = role === undefined ? 'somebody who holds a role' : roleInWords(turn.state, [role]);
  return `criterion ${String(number)} is for ${needed}`;
}

function stateOf(gate: GateState, { id }: Criterion): CriterionState {
  return gate.criteria[id] ?? { checks: {} };
}
