import assert from 'node:assert/strict';
import { answer } from '../../src/gates/messages/answer.ts';
import { gates } from '../../src/gates/gate-slice.ts';
import { combine } from '../../src/gates/reduce.ts';
import type { Slice } from '../../src/gates/slice.ts';

/** Guests of a phase: they sign in, and are forgotten after an hour. */
const guests: Slice = {
  name: 'guests',
  initial: {},
  messages: {
    visit: {
      does: 'Signs a guest in',
      who: 'anyone',
      needs: ['by'],
      takes: [],
      judge: (draft, { by }, envelope) => {
        draft.setSlice('guests', { ...draft.state.slices['guests']!, [by]: draft.at });
        return answer(draft, envelope, 'ACCEPTED', 'welcome');
      },
    },
  },
  reduce: (draft, event) => {
    if (event.type === 'tick' && due(draft.state) <= draft.at) draft.setSlice('guests', {});
  },
  due,
  board: ({ slices }) => [{ title: 'Guests', items: Object.keys(slices['guests']!).map((text) => ({ text })) }],
};

function due({ slices }: { slices: { readonly [slice: string]: unknown } }): number {
  return Math.min(...Object.values(slices['guests'] as { [by: string]: number })) + 3_600_000;
}

describe('slices', () => {
  it('bring their messages, state, times and board, and share the ledger', () => {
    const { messages, initialState, reduce, nextTick, boardSections } = combine([gates, guests]);
    assert.ok(Object.hasOwn(messages, 'approve') && Object.hasOwn(messages, 'visit'));
    const before = initialState({ gates: [], tasks: {} });
    const { state, verdict } = reduce(before, { type: 'message', name: 'visit', body: { by: 'dana' } }, 1000);
    assert.deepEqual([verdict?.code, verdict?.entry, state.ledger.recent[0]?.what], ['ACCEPTED', 1, 'visit']);
    assert.deepEqual([state.slices, nextTick(state)], [{ guests: { dana: 1000 } }, 3_601_000]);
    assert.deepEqual(boardSections(state), [{ title: 'Guests', items: [{ text: 'dana' }] }]);
    assert.deepEqual(reduce(state, { type: 'tick' }, 3_601_000).state.slices, { guests: {} });
  });

  it('have their messages checked by the form that they state', () => {
    const { initialState, reduce } = combine([guests]);
    const before = initialState({ gates: [], tasks: {} });
    const said = (name: string, body: unknown) => reduce(before, { type: 'message', name, body }, 1).verdict;
    assert.deepEqual(
      [said('visit', {}), said('visit', { by: 'dana', gate: 'entry' }), said('visti', { by: 'dana' })].map(
        (verdict) => `${verdict?.code ?? ''}: ${verdict?.reason ?? ''}`,
      ),
      [
        'MALFORMED: "by" is missing; the form is {"by":"dana"}',
        'MALFORMED: unknown key "gate"; there are by, note, id, evidence, reason; the form is {"by":"dana"}',
        'UNKNOWN: there is no message "visti"; did you mean "visit"?',
      ],
    );
  });

  it('cannot have a name or a message of another slice', () => {
    assert.throws(() => combine([guests, { ...guests, name: 'visitors' }]), /two slices have "visit"/);
    assert.throws(() => combine([guests, { ...guests, messages: {} }]), /two slices have "guests"/);
  });
});
