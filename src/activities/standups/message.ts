import { answer } from '../../gates/messages/answer.ts';
import { senderOf, unlisted } from '../../gates/messages/authorise.ts';
import type { MessageKind } from '../../gates/slice.ts';
import { ASKED, COMMUNICATION, communicationOf } from './model.ts';

/** `{"by":"dana"}`: a standup now, besides those on the calendar. */
export const askForStandup: MessageKind = {
  does: 'Publishes a standup now',
  who: 'everyone in people',
  needs: ['by'],
  takes: [],
  judge: (draft, { by }, envelope) => {
    const { state, at } = draft;
    if (senderOf(state, by) === undefined) return answer(draft, envelope, 'UNKNOWN', unlisted(state, by));
    const known = communicationOf(state);
    if (known?.has.standups !== true) {
      return answer(draft, envelope, 'REFUSED', 'the playbook has no standups: communication.standups');
    }
    if (known.asked.filter(({ kind }) => kind === 'standup').length >= ASKED) {
      return answer(draft, envelope, 'REFUSED', `${String(ASKED)} standups wait to be published already`);
    }
    const extras = known.extras + 1;
    const id = `standup-extra-${String(extras)}`;
    draft.setSlice(COMMUNICATION, { ...known, extras, asked: [...known.asked, { kind: 'standup', id, at, by }] });
    return answer(draft, envelope, 'ACCEPTED', `${id} is being published`);
  },
};
