import { ScanCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { isOrderItem, orderOfItem } from '../orders/items.ts';
import { projectOrders } from '../reporting/projection.ts';
import type { DataMigration } from './data.ts';

const Key = z.record(z.string(), z.string());

/** Items of one page. One page is one transaction and one statement of at most this many rows. */
export const backfillPage = 200;

/** Copies the orders that were placed before their table had a stream into the relational store. */
export function backfillOrders(client: DynamoDBDocumentClient, table: string, pageSize = backfillPage): DataMigration {
  return {
    name: 'backfill-reported-orders',
    revision: 1,
    async read(next) {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new ScanCommand({
          TableName: table,
          Limit: pageSize,
          ConsistentRead: true,
          ...(next !== undefined && { ExclusiveStartKey: Key.parse(JSON.parse(next)) }),
        }),
      );
      const orders = Items.filter(isOrderItem).map((item) => {
        try {
          return orderOfItem(item);
        } catch (cause) {
          throw new Error(`item ${String(item['pk'])} of ${table} is no order of this release`, { cause });
        }
      });
      return {
        next: LastEvaluatedKey && JSON.stringify(Key.parse(LastEvaluatedKey)),
        async write(transaction) {
          await projectOrders(transaction, orders);
          return orders.length;
        },
      };
    },
  };
}
