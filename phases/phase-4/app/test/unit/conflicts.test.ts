import assert from 'node:assert/strict';
import { TransactionCanceledException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { retryConflicts } from '../../src/orders/conflicts.ts';

const canceled = (...codes: string[]) =>
  new TransactionCanceledException({
    message: 'canceled',
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  });
const conflict = new TransactionConflictException({ message: 'ongoing', $metadata: {} });

describe('writes that meet a transaction', () => {
  const failing = (...errors: Error[]) => {
    let calls = 0;
    return {
      calls: () => calls,
      write: async () => {
        const error = errors[calls++];
        if (error) throw error;
        return 'written';
      },
    };
  };

  it('are repeated until they succeed', async () => {
    const { write, calls } = failing(canceled('TransactionConflict', 'None'), conflict);
    assert.equal(await retryConflicts(write), 'written');
    assert.equal(calls(), 3);
  });

  it('are given up after six times, with 503', async () => {
    const { write, calls } = failing(...Array.from({ length: 10 }, () => conflict));
    await assert.rejects(retryConflicts(write), { kind: 'unavailable' });
    assert.equal(calls(), 6);
  });

  it('are not repeated when a condition failed, or anything else', async () => {
    for (const error of [canceled('ConditionalCheckFailed', 'None'), new Error('throttled')]) {
      const { write, calls } = failing(error);
      await assert.rejects(retryConflicts(write), error);
      assert.equal(calls(), 1);
    }
  });
});
