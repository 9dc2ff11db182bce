import { TransactionCanceledException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { setTimeout } from 'node:timers/promises';
import { ServiceError } from '../http/problem.ts';

const attempts = 6;
const firstPauseMs = 20;

/**
 * Repeats a write that met a transaction on the same item. DynamoDB refuses such a write, and the SDK does not repeat it. It happens when
 * a client sends the same request twice at the same time.
 */
export async function retryConflicts<T>(write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (!isConflict(error)) throw error;
      if (attempt === attempts)
        throw new ServiceError('unavailable', 'Other requests change the same order. Try again.');
      await setTimeout(firstPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
    }
  }
}

function isConflict(error: unknown): boolean {
  if (error instanceof TransactionConflictException) return true;
  return (
    error instanceof TransactionCanceledException &&
    (error.CancellationReasons ?? []).some(({ Code }) => Code === 'TransactionConflict')
  );
}
