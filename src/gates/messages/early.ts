import type { GateId } from '../../plan/gate-model.ts';
import type { Verdict } from '../ledger.ts';
import type { DecisionMessage } from '../model.ts';
import { subjectOf } from '../rules/separation.ts';
import type { Draft } from '../draft.ts';
import { answer, FULL, hasRoomFor } from './answer.ts';
import type { Envelope } from './envelope.ts';

/** How many early approvals are kept for one gate. */
const KEPT = 50;

/** Keeps an approval that came before its gate, where the policy allows it, with the digest of what it was given for. */
export function keepEarly(draft: Draft, id: GateId, message: DecisionMessage, envelope: Envelope): Verdict {
  const gate = draft.gate(id);
  if (gate === undefined) throw new TypeError(`no gate ${id}`);
  const { early = [] } = gate;
  if (early.some(({ message: { by, criterion } }) => by === message.by && criterion === message.criterion)) {
    return answer(draft, envelope, 'REPEATED', 'pre-approved already by you');
  }
  if (!hasRoomFor(draft.state, message)) return answer(draft, envelope, 'REFUSED', FULL);
  if (early.length >= KEPT)
    return answer(draft, envelope, 'EARLY', 'too many pre-approvals; say it again when it is open');
  const { trust } = envelope;
  const one = { message, subject: subjectOf(draft.state, id), ...(trust === undefined ? {} : { trust }) };
  draft.setGate(id, { ...gate, early: [...early, one] });
  return answer(
    draft,
    envelope,
    'PRE_APPROVED',
    'counts when the gate opens, if nothing of what it is about has changed',
  );
}
