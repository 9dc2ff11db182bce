import { MockActivityEnvironment } from '@temporalio/testing';
import assert from 'node:assert/strict';
import type { Sealed } from '../../../src/contract/seal.ts';
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
});
