import assert from 'node:assert/strict';
import type { Anchors } from '../../src/record/anchors.ts';
import { verify } from '../support/verify.ts';
import type { Value } from './forged-events.ts';
import { Forger } from './forger.ts';
import { sealedRecord, type SignedRecord, workers } from './signed-record.ts';
import { foundElsewhere } from './tampering/elsewhere.ts';
import { milestone, plan } from './tampering/moves.ts';
import { strip, stripAll } from './tampering/seals.ts';
import type { Row } from './tampering/row.ts';

/** Of these, nothing in a record tells, however it is signed. */
const untold = ['a phase that is said to have been terminated before a rejection'];

const rows: readonly (readonly [what: string, change: Row[3]])[] = [
  // What only something kept elsewhere shows where workers sign nothing.
  ...foundElsewhere.filter(([what]) => !untold.includes(what)).map(([what, , , change]) => [what, change] as const),
  [
    'a check that has failed said to have passed',
    (f) => f.answer(f.answers('check.met')[0] ?? {}, (found) => ({ ...found, state: 'warned' })),
  ],
  [
    'a step that has failed for another reason',
    (f) => failureOf(f, (failure) => void (failure['message'] = 'no quota')),
  ],
  [
    'a failure of a step without its seal',
    (f) => failureOf(f, ({ applicationFailureInfo: info }) => delete (info as Value)['details']),
  ],
  [
    'the result of another try of a step',
    (f) => {
      const [mine, theirs] = [f.answers('step.act', milestone(f, 0)), f.answers('step.act', milestone(f, 1))];
      swap(mine[0] ?? {}, theirs[0] ?? {});
    },
  ],
  [
    'the answer of another check of the same kind',
    (f) => {
      const [mine, theirs] = f.answers('check.met');
      swap(mine ?? {}, theirs ?? {});
    },
  ],
  [
    'another nonce of a round',
    (f) => f.answer(f.answers('openRound')[2] ?? {}, (v) => ({ ...v, nonce: 'f'.repeat(32) })),
  ],
  ['another policy in the compiled plan', plan('"policy":{"early":"keep"', '"policy":{"early":"refuse"')],
  ['an answer without its seal', (f) => strip(f.answers('check.met')[0] ?? {})],
  ['orders changed at both ends, and all that follows from them', (f) => f.replace('"by":"lee"', '"by":"mallory"')],
  ['a ledger without its seal', (f) => strip(f.answers('openRound')[1] ?? {})],
];

function failureOf(f: Forger, change: (failure: Value) => void): void {
  const isFailed = (event: Value) => event['activityTaskFailedEventAttributes'] !== undefined;
  const { activityTaskFailedEventAttributes: failed } = f.find(isFailed, milestone(f));
  change((failed as { failure: Value }).failure);
}

function swap(one: Value, other: Value): void {
  const attributes = (event: Value) => event['activityTaskCompletedEventAttributes'] as { result: unknown };
  const { result } = attributes(one);
  attributes(one).result = attributes(other).result;
  attributes(other).result = result;
}

/** The forger computes everything anew that follows from a change, and lacks the key of the workers. */
describe('a record whose answers are signed by the workers', function () {
  this.timeout(120_000);
  let record: SignedRecord;
  let anchors: Required<Anchors>;

  before(async () => {
    record = await sealedRecord();
    const found = await verify(new Forger(record).histories());
    assert.ok('head' in found, JSON.stringify(found));
    anchors = { ...record.anchors, head: found.head };
  });

  it('holds where nothing was changed, and names the key and what was signed', async () => {
    const found = await verify(new Forger(record).histories(), { anchors, handover: record.handover });
    assert.ok('head' in found, JSON.stringify(found));
    assert.deepEqual(found.sealed?.keys, [workers.ours.jwk.x]);
    assert.deepEqual(found.sealed.denied, []);
    assert.ok(found.sealed.count > 20, String(found.sealed.count));
  });

  it('holds where everything that follows is computed again, and nothing was changed', async () => {
    const forger = new Forger(record);
    await forger.settle();
    const found = await verify(forger.histories(), { anchors });
    assert.ok('head' in found, JSON.stringify(found));
  });

  for (const [what, change] of rows) {
    it(`shows ${what}, by a signature`, async () => {
      const forger = new Forger(record);
      const before = JSON.stringify(forger.runs);
      await change(forger, record);
      assert.notEqual(JSON.stringify(forger.runs), before, 'nothing was changed');
      await forger.settle();
      const found = await verify(forger.histories());
      assert.ok('reason' in found, 'nothing was found');
      assert.match(
        found.reason,
        /^the (answer of|Signal) \w+(\.\w+)? .* (is signed, but not for this|is not signed by a worker)/,
      );
    });
  }

  it('shows that all seals were taken off, by the keys of workers that are known from elsewhere', async () => {
    const forger = new Forger(record);
    stripAll(forger);
    await forger.settle();
    const alone = await verify(forger.histories());
    assert.ok('head' in alone && alone.sealed === undefined, JSON.stringify(alone));
    const { workerKeys } = anchors;
    const found = await verify(forger.histories(), { anchors: { workerKeys } });
    assert.ok('reason' in found && /answers of activities are not signed/.test(found.reason), JSON.stringify(found));
  });

  it('shows a record that workers with another key have made, by the keys that are known from elsewhere', async () => {
    const workerKeys = new Set([workers.theirs.jwk.x]);
    const found = await verify(new Forger(record).histories(), { anchors: { workerKeys } });
    assert.ok('reason' in found && /do not hold [\w-]{43}, which has signed/.test(found.reason), JSON.stringify(found));
  });
});
