import assert from 'node:assert/strict';
import type { Anchors } from '../../src/record/anchors.ts';
import { verify } from '../support/verify.ts';
import { Forger } from './forger.ts';
import { type SignedRecord, signedRecord } from './signed-record.ts';
import { atBothEnds } from './tampering/both-ends.ts';
import { foundElsewhere } from './tampering/elsewhere.ts';
import { ledger } from './tampering/ledger.ts';
import { anchorNames, type By } from './tampering/row.ts';
import { signedOtherwise } from './tampering/signed.ts';
import { toldOtherwise } from './tampering/told.ts';
import { whole } from './tampering/whole.ts';
import { written } from './tampering/written.ts';

const told: { readonly [by in By]: RegExp } = {
  history:
    /has not ended|belongs$|has no time|is older than|from after the end|has no end|does not say which run|and is no reset$/,
  replay:
    /than the workflow gives it$|does something else (there )?than|the workflow does not do this|is not what the workflow does$|cannot be replayed/,
  signature: /^the signature |what is signed is |the key was not listed|the key in the history|which key has verified/,
  nonce: /the nonce of this round was that of another one/,
  digest: /the digest of the hand-over is not|it is not the document that the phase wrote/,
  exchange:
    /has not sent this|was delivered, and|is not what the phase gave it|is not the one that the phase got|milestone of another/,
  head: /no entry of this ledger has this hash/,
  plan: /the phase was compiled from|compile to another plan/,
  playbook: /the playbook given does not list the key/,
  providerKeys: /the provider's keys given do not hold/,
};

const rows = [...whole, ...ledger, ...written, ...toldOtherwise, ...signedOtherwise, ...atBothEnds, ...foundElsewhere];

/** Of a phase whose workers sign nothing: determinism and signatures of people alone. With signed answers: sealed.test.ts. */
describe('a record that somebody has written anew, without a key', function () {
  this.timeout(120_000);
  let record: SignedRecord;
  let anchors: Required<Omit<Anchors, 'workerKeys'>>;

  before(async () => {
    record = await signedRecord();
    const found = await verify(new Forger(record).histories());
    assert.ok('head' in found, JSON.stringify(found));
    const { plan, playbook, providerKeys } = record.anchors;
    anchors = { plan, playbook, providerKeys, head: found.head };
  });

  it('holds where nothing was changed, also beside what is kept elsewhere', async () => {
    const found = await verify(new Forger(record).histories(), { anchors, handover: record.handover });
    assert.ok('head' in found, JSON.stringify(found));
    assert.deepEqual([found.signed, found.anchored, found.milestones], [4, found.entries, { seen: 2, missing: [] }]);
  });

  it('holds where everything that follows is computed again, and nothing was changed', async () => {
    const forger = new Forger(record);
    await forger.settle();
    const found = await verify(forger.histories(), { anchors });
    assert.ok('head' in found, JSON.stringify(found));
  });

  for (const [what, how, by, change] of rows) {
    it(`shows ${what}, by ${by in anchorNames ? 'what is kept elsewhere: ' : ''}${by}`, async () => {
      const forger = new Forger(record);
      const before = JSON.stringify(forger.runs);
      await change(forger, record);
      assert.notEqual(JSON.stringify(forger.runs), before, 'nothing was changed');
      if (how !== 'as it is') await forger.settle({ handsOver: how === 'settled' });
      const alone = await verify(forger.histories());
      if (by in anchorNames) assert.ok('head' in alone, `found already: ${JSON.stringify(alone)}`);
      const one = by as keyof typeof anchors;
      const found = by in anchorNames ? await verify(forger.histories(), { anchors: { [one]: anchors[one] } }) : alone;
      assert.ok('reason' in found, 'nothing was found');
      assert.match(found.reason, told[by]);
    });
  }

  it('shows a hand-over beside it that says something else, by its digest', async () => {
    const handover = record.handover.replace('approved by dana', 'approved by omar');
    assert.notEqual(handover, record.handover);
    const found = await verify(new Forger(record).histories(), { handover });
    assert.ok('reason' in found && told.digest.test(found.reason), JSON.stringify(found));
  });
});
