import type { GateId } from '../../plan/gate-model.ts';
import type { Verdict } from '../ledger.ts';
import type { DecisionMessage } from '../model.ts';
import { subjectOf } from '../rules/separation.ts';
import type { Turn } from '../turn.ts';
import { answer, FULL, hasRoomFor, type Letter } from './answer.ts';

/** How many early approvals are kept for one gate. */
const KEPT = 50;

/** Keeps an approval that came before its gate, where the policy allows it, with the digest of what it was given for. */
export function keepEarly(turn: Turn, id: GateId, message: DecisionMessage, letter: Letter): Verdict {
  const gate = turn.gate(id);
  if (gate === undefined) throw new TypeError(`no gate ${id}`);
  const { early = [] } = gate;
  if (early.some(({ message: { by, criterion } }) => by === message.by && criterion === message.criterion)) {
    return answer(turn, letter, 'REPEATED', 'pre-approved already by you');
  }
  if (!hasRoomFor(turn.state, message)) return answer(turn, letter, 'REFUSED', FULL);
  if (early.length >= KEPT)
    return answer(turn, letter, 'EARLY', 'too many pre-approvals; say it again when it is open');
  const { trust } = letter;
  const one = { message, subject: subjectOf(turn.state, id), ...(trust === undefined ? {} : { trust }) };
  turn.setGate(id, { ...gate, early: [...early, one] });
  return answer(turn, letter, 'PRE_APPROVED', 'counts when the gate opens, if nothing of what it is about has changed');
}
