import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Kysely } from 'kysely';
import { errorFields, type Log } from '../log.ts';
import { isOrderItem, orderOfItem } from '../orders/items.ts';
import type { Order } from '../orders/order.ts';
import { projectOrders } from './projection.ts';
import type { Tables } from './schema.ts';

export interface StreamOptions {
  readonly database: Kysely<Tables>;
  readonly log: Log;
}

/**
 * Writes a batch in one statement. An item that is no order of this release stops the batch there: it is retried by itself, and goes to
 * the queue of failures when it is too old. A copy that silently lacks an order would be worse than a late one.
 */
export function streamHandler(options: StreamOptions): (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse> {
  return async ({ Records: records }) => {
    const { orders, unreadable } = readable(records, options.log);
    try {
      const changed = await projectOrders(options.database, orders);
      options.log.info('projected', { records: records.length, orders: orders.length, changed });
    } catch (error) {
      options.log.error('projection failed', { records: records.length, ...errorFields(error) });
      return failedFrom(records[0]);
    }
    return unreadable ? failedFrom(unreadable) : { batchItemFailures: [] };
  };
}

function readable(
  records: readonly DynamoDBRecord[],
  log: Log,
): { orders: Order[]; unreadable: DynamoDBRecord | undefined } {
  const orders: Order[] = [];
  for (const record of records) {
    const image = record.dynamodb?.NewImage;
    if (!image) continue;
    try {
      const item = unmarshall(image as Record<string, AttributeValue>);
      if (isOrderItem(item)) orders.push(orderOfItem(item));
    } catch (error) {
      log.error('a changed item is no order of this release', {
        sequenceNumber: record.dynamodb?.SequenceNumber,
        ...errorFields(error),
      });
      return { orders, unreadable: record };
    }
  }
  return { orders, unreadable: undefined };
}

/** Lambda repeats the batch from this record on. */
function failedFrom(record: DynamoDBRecord | undefined): DynamoDBBatchResponse {
  return { batchItemFailures: [{ itemIdentifier: record?.dynamodb?.SequenceNumber ?? '' }] };
}
