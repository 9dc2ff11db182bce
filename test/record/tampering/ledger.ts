import { entry } from './moves.ts';
import type { Row } from './row.ts';

/** The ledger, with its chain, heads and digests to match. */
export const ledger: readonly Row[] = [
  [
    'an entry re-attributed',
    'as it is',
    'replay',
    entry(({ what, on }) => what === 'complete' && on === '9.1/a1', { by: 'omar' }),
  ],
  ['an entry taken out', 'as it is', 'replay', entry(({ what }) => what === 'hold', undefined)],
  [
    'a rejection entered as DUPLICATE',
    'as it is',
    'replay',
    entry(({ what }) => what === 'reject', { code: 'DUPLICATE' }),
  ],
  [
    'a signed rejection entered as STALE',
    'as it is',
    'replay',
    entry(({ what, trust }) => what === 'reject' && trust === 'signed', { code: 'STALE' }),
  ],
  [
    'a stale signature entered as counted',
    'as it is',
    'replay',
    entry(({ code }) => code === 'STALE', { code: 'ACCEPTED', criteria: ['entry/1'] }),
  ],
  [
    'a foreign key entered as counted',
    'as it is',
    'replay',
    entry(({ code }) => code === 'UNVERIFIED', { code: 'ACCEPTED', by: 'dana', trust: 'signed' }),
  ],
  [
    'an asserted approval entered as signed',
    'as it is',
    'replay',
    entry(({ what, on }) => what === 'approve' && on === '9.1/exit', { trust: 'signed' }),
  ],
  [
    'a vote for a criterion that it was not for',
    'as it is',
    'replay',
    entry(({ what, on }) => what === 'approve' && on === '9.1/exit', { criteria: ['9.1/exit/1', 'completion/1'] }),
  ],
  [
    'a clearing taken out',
    'as it is',
    'replay',
    entry(({ what, on }) => what === 'cleared' && on === 'entry', undefined),
  ],
  [
    'an override entered as an approval',
    'as it is',
    'replay',
    entry(({ what }) => what === 'override', { what: 'approve' }),
  ],
  [
    'a check entered with another result',
    'as it is',
    'replay',
    entry(({ what }) => what === 'check', { reason: 'failed: ready does not hold' }),
  ],
  ['an entry moved in time', 'as it is', 'replay', entry(({ what }) => what === 'opened', { at: Date.now() + 60_000 })],
  [
    'a hold entered with another reason',
    'as it is',
    'replay',
    entry(({ what }) => what === 'hold', { reason: 'held: holidays' }),
  ],
  ['another start in the first entry', 'as it is', 'replay', entry(({ what }) => what === 'started', { by: 'mia' })],
];
