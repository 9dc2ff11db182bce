import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import assert from 'node:assert/strict';
import { type Sealed, sealedDetails } from '../../../src/contract/seal.ts';
import { sealing } from '../../../src/worker/sealing/interceptor.ts';

describe('what signs answers', () => {
  it('may fail for a moment: work that is done is not done again', async () => {
    let signatures = 0;
    let runs = 0;
    const sign = () => {
      signatures += 1;
      return signatures < 3 ? Promise.reject(new Error('the program has ended with 1')) : Promise.resolve('signature');
    };
    const environment = new MockActivityEnvironment({}, { interceptors: [sealing({ key: 'key', sign })] });
    const answer: unknown = await environment.run(() => {
      runs += 1;
      return Promise.resolve('done');
    });
    const { result, seal } = answer as Sealed;
    assert.deepEqual([result, seal.signature], ['done', 'signature']);
    assert.equal(runs, 1);
  });

  const long = 'x'.repeat(2_500_000);
  for (const [what, run] of [
    ['an answer', () => Promise.resolve({ long })],
    ['a failure', () => Promise.reject(ApplicationFailure.retryable('no', 'PermanentError', long))],
  ] as const) {
    it(`says itself that ${what} is too large: the server would end the activity without a signature`, async () => {
      const sign = () => Promise.resolve('signature');
      const environment = new MockActivityEnvironment({}, { interceptors: [sealing({ key: 'key', sign })] });
      await assert.rejects(environment.run(run), (failure) => {
        assert.ok(failure instanceof ApplicationFailure);
        assert.match(failure.message, /^The answer has 25\d{5} bytes, and may have at most 1900000\.$/);
        assert.deepEqual(
          [failure.nonRetryable, sealedDetails(failure.details ?? []).seal?.signature],
          [true, 'signature'],
        );
        return true;
      });
    });
  }
});
