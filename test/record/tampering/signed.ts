import { firstPayload, type Value } from '../forged-events.ts';
import { keys } from '../signed-record.ts';
import { APPROVAL, LAST, REJECTION, STALE, claim, foreignKey, proofOf, signedMessage, turned } from './moves.ts';
import type { Row } from './row.ts';

/** The same, where only a signature tells. */
export const signedOtherwise: readonly Row[] = [
  [
    'a signed approval of another gate',
    'settled',
    'signature',
    (f) => f.resend(signedMessage(f, APPROVAL), 'approve', firstPayload(signedMessage(f, LAST)) ?? {}),
  ],
  [
    'a signed approval of another round',
    'settled',
    'signature',
    (f) => f.resend(signedMessage(f, APPROVAL), 'approve', firstPayload(signedMessage(f, STALE)) ?? {}),
  ],
  [
    'a signed approval of another phase',
    'settled',
    'signature',
    (f, { foreign }) => f.resend(signedMessage(f, APPROVAL), 'approve', { ...foreign }),
  ],
  [
    'a signature with one bit turned',
    'settled',
    'signature',
    (f) => f.resend(signedMessage(f, LAST), 'approve', turned(firstPayload(signedMessage(f, LAST)))),
  ],
  ['a signed note that says something else', 'settled', 'signature', (f) => claim(f, LAST, { note: 'on condition' })],
  [
    'a signed reason that says something else',
    'settled',
    'signature',
    (f) => claim(f, REJECTION, { reason: 'for fun' }),
  ],
  ['a signed decision under another id', 'settled', 'signature', (f) => claim(f, LAST, { jti: 'another' })],
  [
    'a signed decision in another name',
    'settled',
    'signature',
    (f) =>
      f.answer(proofOf(f, REJECTION), (v) => ({ ...v, by: 'lee', claims: { ...(v['claims'] as Value), sub: 'lee' } })),
  ],
  [
    'a signature by a key that was not listed',
    'settled',
    'signature',
    (f) => f.answer(proofOf(f, LAST), (v) => ({ ...v, listed: { keys: [keys.mallory.jwk] } })),
  ],
  ['a signature without its key', 'settled', 'signature', (f) => f.answer(proofOf(f, LAST), ({ key: _, ...v }) => v)],
  [
    'a signature that is stale, said to have expired',
    'settled',
    'signature',
    (f) =>
      f.answer(proofOf(f, STALE), ({ at }) => ({
        at,
        ok: false,
        reason: 'the decision has expired',
        by: 'dana',
        gate: 'entry',
      })),
  ],
  ['a foreign key said to be listed elsewhere', 'settled', 'signature', (f) => foreignKey(f, keys.dana.jwk)],
  [
    'an ID token of a provider whom nothing names',
    'settled',
    'signature',
    (f) => f.answer(proofOf(f, REJECTION), (v) => ({ ...v, listed: { subject: 'dana-sub' } })),
  ],
  [
    'an ID token for a person of another subject',
    'settled',
    'signature',
    (f) =>
      f.answer(proofOf(f, REJECTION), (v) => ({ ...v, listed: { ...(v['listed'] as Value), subject: 'lee-sub' } })),
  ],
  ['a phase two hours later, in which signatures have expired', 'settled', 'signature', (f) => f.shift(7_200_000)],
];
