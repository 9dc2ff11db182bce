import {
  APPROVAL,
  LAST,
  endAfter,
  isOpening,
  isSignalOf,
  milestone,
  plan,
  proofOf,
  says,
  signedMessage,
} from './moves.ts';
import type { Row } from './row.ts';

/** What the workflows were told, and everything that follows from it computed again: another course of things. */
export const toldOtherwise: readonly Row[] = [
  ['a signed gate taken out', 'settled', 'replay', (f) => f.drop(isOpening('entry'))],
  [
    'all signed gates taken out',
    'settled',
    'replay',
    (f) => f.drop((event) => isOpening('entry')(event) || isOpening('completion')(event)),
  ],
  [
    'an approval taken out',
    'settled',
    'replay',
    (f) => f.drop((event) => event === f.message(says({ gate: '9.1/a2/entry' }))),
  ],
  ['a signed approval taken out', 'settled', 'replay', (f) => f.drop((event) => event === signedMessage(f, APPROVAL))],
  [
    'an approval of somebody without the role',
    'settled',
    'replay',
    (f) => f.resend(f.message(says({ gate: '9.1/a2/entry' })), 'approve', { gate: '9.1/a2/entry', by: 'omar' }),
  ],
  [
    'an unsigned approval of a signed gate',
    'settled',
    'replay',
    (f) => f.resend(signedMessage(f, LAST), 'approve', { gate: 'completion', by: 'dana' }),
  ],
  [
    'an unsigned waiver on a signed gate',
    'settled',
    'replay',
    (f) => f.resend(signedMessage(f, APPROVAL), 'waive', { gate: 'entry', criterion: 1, by: 'lee', reason: 'no need' }),
  ],
  [
    'an override by somebody without the role',
    'settled',
    'replay',
    (f) =>
      f.resend(
        f.message((_, name) => name === 'override'),
        'override',
        { gate: '9.1/quality', by: 'omar', reason: 'outage' },
      ),
  ],
  [
    'a release taken out',
    'settled',
    'replay',
    (f) => f.drop((event) => event === f.message((_, name) => name === 'release')),
  ],
  [
    'a rejection turned into an approval',
    'settled',
    'replay',
    (f) =>
      f.resend(f.message(says({ gate: '9.1/exit', reason: 'not built' })), 'approve', { gate: '9.1/exit', by: 'dana' }),
  ],
  [
    'a signed approval said not to hold',
    'settled',
    'replay',
    (f) => f.answer(proofOf(f, APPROVAL), ({ at }) => ({ at, ok: false, reason: 'no' })),
  ],
  [
    'a check that failed, and counted',
    'settled',
    'replay',
    (f) => f.answer(f.answers('check.met').at(-1) ?? {}, () => ({ state: 'failed', reason: 'ready does not hold' })),
  ],
  [
    'a step that failed, and counted',
    'settled',
    'replay',
    (f) => f.drop((event) => event === f.answers('step.act', milestone(f))[0], milestone(f)),
  ],
  [
    'a task completed without a message',
    'settled',
    'replay',
    (f) => f.drop((event) => event === f.message(says({ task: '9.1/a1' }))),
  ],
  ['a task begun before its gate', 'settled', 'replay', (f) => f.drop(isOpening('9.1/a2/entry'))],
  ['a sharper policy than what was done: two votes', 'settled', 'replay', plan('"quorum":1', '"quorum":2')],
  [
    'a sharper policy than what was done: an hour open',
    'settled',
    'replay',
    plan('"policy":{"trust":"signed"', '"policy":{"wait":3600,"trust":"signed"'),
  ],
  [
    'a sharper policy than what was done: signed',
    'settled',
    'replay',
    plan('"policy":{"early":"keep"', '"policy":{"trust":"signed","early":"keep"'),
  ],
  [
    'a weaker policy of a gate whose subject somebody has signed',
    'settled',
    'replay',
    plan('"trust":"signed"', '"trust":"asserted"'),
  ],
  [
    'another text of a criterion that somebody has signed',
    'settled',
    'replay',
    plan('Everything is done', 'Something is done'),
  ],
  [
    'a start from a later milestone',
    'settled',
    'replay',
    (f) => f.answer(f.events[0] ?? {}, (v) => ({ ...v, from: '9.7' })),
  ],
  [
    'a start with a state of its own',
    'settled',
    'replay',
    (f) => f.answer(f.events[0] ?? {}, (v) => ({ ...v, resume: {} })),
  ],
  [
    'a milestone of first and last event',
    'settled',
    'replay',
    (f) => f.drop((_, index) => index > 0 && index < milestone(f).length - 1, milestone(f)),
  ],
  [
    'a milestone without an order',
    'settled',
    'replay',
    (f) => f.drop((event) => event === f.find(isSignalOf('taskOrders'), milestone(f)), milestone(f)),
  ],
  [
    'a phase that is said to have failed at its start',
    'settled',
    'replay',
    (f) =>
      endAfter(f, isOpening('entry'), {
        eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_FAILED',
        workflowExecutionFailedEventAttributes: { failure: { message: 'no plan' } },
      }),
  ],
];
