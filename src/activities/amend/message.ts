import type { Draft } from '../../gates/draft.ts';
import { answer } from '../../gates/messages/answer.ts';
import { mayOperate, operatorsInWords, senderOf, unlisted } from '../../gates/messages/authorise.ts';
import type { Message, MessageKind } from '../../gates/slice.ts';
import { AMENDMENT } from '../../plan/amendments.ts';
import type { GivenTexts } from '../../contract/compiled.ts';
import { AMENDMENTS, amendmentsOf } from './model.ts';

interface AmendMessage extends Message, GivenTexts {
  readonly reason?: string;
}

/** Proposes the plan and the playbook as they are now: the files, or the texts in the message. */
export const amend: MessageKind = {
  does: 'Proposes to go on by the plan and playbook as they are now; the gate "amendment" decides',
  who: 'operators',
  needs: ['by', 'reason'],
  takes: ['plan', 'playbook'],
  judge: (draft: Draft, message: AmendMessage, envelope) => {
    const { state } = draft;
    const { by, reason = '', plan, playbook } = message;
    const sender = senderOf(state, by);
    if (sender === undefined) return answer(draft, envelope, 'UNKNOWN', unlisted(state, by));
    if (!mayOperate(state, sender)) {
      return answer(draft, envelope, 'DENIED', `only operators amend: ${operatorsInWords(state)}`);
    }
    const known = amendmentsOf(state);
    const { under } = known;
    if (under !== undefined) {
      const first = `amendment ${String(under.number)} by ${under.by} is being decided on (${under.reason})`;
      return answer(
        draft,
        envelope,
        'REFUSED',
        `${first}; reject the gate ${AMENDMENT} to drop it, or send yours afterwards`,
      );
    }
    if (state.gates['completion']?.state === 'cleared') {
      return answer(draft, envelope, 'LATE', 'the completion gate has cleared: there is nothing left to amend');
    }
    const number = known.count + 1;
    const given = { ...(plan === undefined ? {} : { plan }), ...(playbook === undefined ? {} : { playbook }) };
    const isGiven = Object.keys(given).length > 0;
    draft.setSlice(AMENDMENTS, {
      ...known,
      count: number,
      under: { number, by, at: draft.at, reason, ...(isGiven ? { given } : {}) },
    });
    const what = isGiven ? `the ${Object.keys(given).join(' and ')} given` : 'the files of the phase';
    const next = `${what} will be compiled and compared; the gate ${AMENDMENT} opens if the phase can go on by it`;
    return answer(draft, { ...envelope, on: AMENDMENT }, 'ACCEPTED', `amendment ${String(number)}: ${next}: ${reason}`);
  },
};
