import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { digestOf } from '../../src/base/digest.ts';
import { type HandoverDocument, handoverText } from '../../src/contract/handover.ts';
import { Forger, type Value } from './forger.ts';
import { isAccepted as by, isVote, signedRecord } from './signed-record.ts';
import { verify } from '../support/verify.ts';

describe('a record that was written anew without a key', function () {
  this.timeout(90_000);
  let text: string;
  let foreign: { readonly jws: string };

  before(async () => {
    ({ text, foreign } = await signedRecord());
  });

  it('verifies where nothing was changed', async () => {
    const found = await verify(forge(() => undefined));
    assert.ok('signed' in found, JSON.stringify(found));
    assert.equal(found.signed, 2);
    assert.deepEqual([found.milestones.seen, found.milestones.missing.length], [0, 1]);
  });

  const unsigned = { key: undefined, id: undefined, basedOn: undefined, trust: 'asserted' } as const;

  const forgeries: readonly (readonly [string, (forger: Forger) => void, RegExp])[] = [
    [
      'an unsigned vote on a signed gate',
      (forger) => forger.exchange(forger.entry(isVote), 'approve', { gate: 'entry', by: 'dana' }, unsigned),
      /was DENIED: decisions on entry must be signed/,
    ],
    [
      'an unsigned waiver on a signed gate',
      (forger) => {
        const body = { gate: 'entry', criterion: 1, by: 'lee', reason: 'no need' };
        forger.exchange(forger.entry(isVote), 'waive', body, { ...unsigned, by: 'lee', on: 'entry/1' });
      },
      /was DENIED: decisions on entry must be signed/,
    ],
    [
      'a pre-approval that nobody gave',
      (forger) => {
        const vote = forger.entry(isVote);
        forger.dropMessage((body) => digestOf(['approve', body]) === vote.message);
        forger.change(vote, { ...unsigned, what: 'pre-approval', trust: 'signed', message: undefined });
      },
      /nobody has pre-approved entry/,
    ],
    [
      'a signature from another phase',
      (forger) => {
        const claims = decodeJwt(foreign.jws);
        const vote = forger.entry(isVote);
        forger.exchange(vote, 'approve', foreign, { id: claims.jti ?? '' });
        forger.proofs((proof) => ((proof['claims'] as Value)['jti'] === vote.id ? { ...proof, claims } : proof));
      },
      /what is signed is about another phase/,
    ],
    [
      'a signature that goes by another id',
      (forger) => forger.change(forger.entry(isVote), { id: 'another' }),
      /what is signed goes by/,
    ],
    [
      'a signature for another round, entered as counted',
      (forger) => {
        const stale = forger.entry(({ code, trust }) => code === 'STALE' && trust === 'signed');
        forger.change(stale, { code: 'ACCEPTED', criteria: ['entry/1'] });
      },
      /entered as ACCEPTED, and was STALE/,
    ],
    [
      'a signature that had expired',
      (forger) => {
        forger.shift(3_600_000);
      },
      /the decision has expired/,
    ],
    [
      'an entry that is said to be from later than it was recorded',
      (forger) => forger.change(forger.entry(isVote), { at: Date.now() + 3_600_000 }),
      /it is younger than its recording/,
    ],
    [
      'a waiver by somebody who is no operator',
      (forger) => {
        const body = { gate: 'completion', criterion: 1, by: 'omar', reason: 'no need' };
        const vote = forger.entry(by('approve', 'completion'));
        forger.exchange(vote, 'waive', body, { by: 'omar', on: 'completion/1', criteria: ['completion/1'] });
      },
      /was DENIED: only operators waive/,
    ],
    [
      'a vote of somebody whose roles have no say',
      (forger) => {
        const vote = forger.entry(by('approve', 'completion'));
        forger.exchange(vote, 'approve', { gate: 'completion', by: 'omar' }, { by: 'omar' });
      },
      /by omar is entered as ACCEPTED, and was DENIED/,
    ],
    [
      'a vote for criteria that it was not for',
      (forger) => forger.change(forger.entry(by('approve', '9.1/exit')), { criteria: ['9.1/exit/1', 'completion/1'] }),
      /entered with criteria/,
    ],
    [
      'a gate that cleared while it was held',
      (forger) => {
        forger.drop(forger.entry(by('release', '9.1/exit')));
        forger.dropMessage((body) => body['on'] === '9.1/exit' && body['reason'] === undefined);
      },
      /9\.1\/exit cleared while it was held by lee/,
    ],
    [
      'a rejection that is said to have been denied',
      (forger) => forger.change(forger.entry(by('reject', 'completion')), { code: 'DENIED' }),
      /entered as DENIED, and was ACCEPTED/,
    ],
    [
      'a rejected gate that cleared in the same round',
      (forger) => {
        const second = forger.entry(({ what, on, round }) => what === 'opened' && on === 'completion' && round === 2);
        forger.drop(second);
      },
      /approve by dana is entered as ACCEPTED, and was LATE/,
    ],
    [
      'a task that was done before its gate had cleared',
      (forger) => {
        const ofGate = forger.entries.filter(({ on, trust }) => on === '9.1/a2/entry' && trust === 'phase');
        forger.drop(...ofGate, forger.entry(by('approve', '9.1/a2/entry')));
        forger.dropMessage((body) => body['gate'] === '9.1/a2/entry');
      },
      /9\.1\/a2 was completed although its gate 9\.1\/a2\/entry had not cleared/,
    ],
    [
      'a hand-over that the ledger does not name',
      (forger) => {
        const [before, after] = ['approved by dana', 'approved by omar'];
        let sha256 = '';
        forger.values((value) => {
          if (value['provides'] === undefined) return undefined;
          const changed = JSON.parse(JSON.stringify(value).replaceAll(before, after)) as HandoverDocument;
          sha256 = createHash('sha256').update(handoverText(changed)).digest('hex');
          return { ...changed };
        });
        forger.nameHandover(sha256);
        forger.tiesHandover = false;
      },
      /the hand-over in the history is not the one that it names/,
    ],
    [
      'a phase that was started with a ledger of its own',
      (forger) =>
        forger.values((value) =>
          value['phase'] === 'small' && value['by'] === 'lee' && !('state' in value)
            ? { ...value, resume: {} }
            : undefined,
        ),
      /started with a state that somebody has given it/,
    ],
  ];
  for (const [name, change, told] of forgeries) {
    it(`shows ${name}`, async () => {
      const found = await verify(forge(change));
      assert.ok('reason' in found, 'nothing was found');
      assert.match(`${found.where}: ${found.reason}`, told);
    });
  }

  function forge(change: (forger: Forger) => void): ReturnType<Forger['runs']> {
    const forger = new Forger(text);
    change(forger);
    return forger.runs();
  }
});
