import { z } from 'zod';
import { Order } from './order.ts';

/**
 * Keys of the one table.
 *
 * | entity   | pk            | sk              | besides                                                     |
 * | -------- | ------------- | --------------- | ----------------------------------------------------------- |
 * | order    | `ORDER#<id>`  | `ORDER`         | in the index `by-state`, as the only entity with a `state`   |
 * | document | `ORDER#<id>`  | `DOCUMENT#<id>` | read together with its order                                |
 * | once     | `ONCE#<key>`  | `ONCE`          | an idempotency key; `expiresAt` is the table's time to live |
 */
export const stateIndex = 'by-state';

export const orderItemKey = (id: string) => ({ pk: `ORDER#${id}`, sk: 'ORDER' });

export const documentItemKey = (document: { readonly orderId: string; readonly id: string }) => ({
  pk: `ORDER#${document.orderId}`,
  sk: `DOCUMENT#${document.id}`,
});

export const onceItemKey = (key: string) => ({ pk: `ONCE#${key}`, sk: 'ONCE' });

/** Drops the keys that are the table's own. */
export function orderOfItem(item: object): Order {
  return z.object(Order.shape).parse(item);
}

export function isOrderItem(item: { readonly entity?: unknown }): boolean {
  return item.entity === 'order';
}
