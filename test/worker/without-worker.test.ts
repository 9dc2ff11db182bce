import { ServiceError } from '@temporalio/client';
import assert from 'node:assert/strict';
import { isWithoutWorker } from '../../src/worker/without-worker.ts';

/** As gRPC's client makes them. Which of the first two comes at a deadline is chance, so they are made by hand. */
function failure(code: number, details: string): ServiceError {
  const cause = Object.assign(new Error(`${String(code)} ${details}`), { code, details, metadata: {} });
  return new ServiceError('Failed to query Workflow', { cause });
}

describe('a query that fails', () => {
  it('has found no worker when its deadline has passed, on either side, or when nobody polls', () => {
    assert.ok(isWithoutWorker(failure(4, 'Deadline exceeded after 5.000s')));
    assert.ok(isWithoutWorker(failure(1, 'Call cancelled')));
    assert.ok(isWithoutWorker(failure(9, 'no poller seen for task queue recently, worker may be down')));
  });

  it('says something else otherwise', () => {
    assert.ok(!isWithoutWorker(failure(7, 'Permission denied')));
    assert.ok(!isWithoutWorker(new TypeError('no client')));
  });
});
