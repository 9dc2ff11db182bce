import type { Draft } from '../draft.ts';
import type { DecisionMessage, DecisionName } from '../model.ts';
import type { MessageKind } from '../slice.ts';
import { withdraw } from './approve.ts';
import { approval, decide, recheck, waive } from './decide.ts';
import type { DecisionKind } from './decision.ts';
import type { Envelope } from './envelope.ts';
import type { Key } from './keys.ts';
import { override } from './override.ts';
import { reject, resubmit } from './reject.ts';

/** What the sender has seen of the gate: the decision is stale where it is no longer so. */
const seen: readonly Key[] = ['round', 'nonce', 'subject'];

/** The messages about gates. */
export const decisionMessages: { readonly [name in DecisionName]: MessageKind } = {
  approve: {
    does: 'Approves a criterion, or all of a gate that are yours',
    who: 'people with a role that the criterion asks for',
    needs: ['gate', 'by'],
    takes: ['criterion', ...seen],
    judge: by(approval),
  },
  reject: {
    does: 'Closes the round of a gate; "rework" names the tasks to do again',
    who: 'approvers of the gate and operators',
    needs: ['gate', 'by', 'reason'],
    takes: ['criterion', 'rework', ...seen],
    judge: by({ apply: reject }),
  },
  waive: {
    does: 'Does without a criterion, whatever its checks find',
    who: 'operators',
    needs: ['gate', 'criterion', 'by', 'reason'],
    takes: seen,
    judge: by({ apply: waive }),
  },
  withdraw: {
    does: 'Takes your approval or waiver back while the gate is open',
    who: 'the person who approved or waived',
    needs: ['gate', 'by'],
    takes: ['criterion', ...seen],
    judge: by({ apply: withdraw }),
  },
  resubmit: {
    does: 'Opens the next round of a rejected gate',
    who: 'operators and the person who rejected it',
    needs: ['gate', 'by'],
    takes: seen,
    judge: by({ apply: resubmit, unsigned: true, rejected: true }),
  },
  recheck: {
    does: 'Has the checks of a gate, or of one criterion, look again now',
    who: 'approvers of the gate and operators',
    needs: ['gate', 'by'],
    takes: ['criterion', ...seen],
    judge: by({ apply: recheck, unsigned: true }),
  },
  override: {
    does: 'Clears a gate in spite of what is unmet; the next gate reviews it',
    who: "people with the role that the gate's policy names",
    needs: ['gate', 'by', 'reason'],
    takes: seen,
    judge: by({ apply: override }),
  },
};

function by(kind: DecisionKind): MessageKind['judge'] {
  return (draft: Draft, message: DecisionMessage, envelope: Envelope) => decide(draft, kind, message, envelope);
}
