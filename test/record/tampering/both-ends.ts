import { isSignalOf, milestone, nonceOf, repeatOrder } from './moves.ts';
import type { Row } from './row.ts';

/** Nonces, digests, and what phase and milestones hold of each other. */
export const atBothEnds: readonly Row[] = [
  [
    'two rounds of one nonce',
    'settled',
    'nonce',
    (f) => f.replace(nonceOf(f, '9.1/exit', 1), nonceOf(f, '9.1/exit', 0)),
  ],
  [
    'a hand-over under another digest',
    'settled but for the hand-over',
    'digest',
    (f) => f.answer(f.answers('writeHandover')[0] ?? {}, (v) => ({ ...v, sha256: 'f'.repeat(64) })),
  ],
  [
    'a report that the milestone has not sent',
    'as it is',
    'exchange',
    (f) => f.answer(f.events.findLast(isSignalOf('milestoneReport')) ?? {}, (v) => ({ ...v, kept: 0 })),
  ],
  ['an order that came twice', 'as it is', 'exchange', repeatOrder],
  [
    'the start of a milestone, in its own history',
    'as it is',
    'exchange',
    (f) => f.answer(milestone(f)[0] ?? {}, (v) => ({ ...v, readAnew: ['9.1/c1'] })),
  ],
];
