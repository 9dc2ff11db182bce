import { sql, type Kysely } from 'kysely';
import type { Order } from '../orders/order.ts';
import type { Tables } from './schema.ts';

/**
 * Writes orders as they now are. A row only ever moves to a higher version, so orders may come twice, late, or out of order: from
 * the table's stream, and from the backfill that runs beside it.
 * @returns how many rows have changed
 */
export async function projectOrders(database: Kysely<Tables>, orders: readonly Order[]): Promise<number> {
  const latest = new Map<string, Order>();
  for (const order of orders) if (order.version > (latest.get(order.id)?.version ?? 0)) latest.set(order.id, order);
  if (latest.size === 0) return 0;
  const result = await database
    .insertInto('reported_orders')
    .values(
      [...latest.values()].map((order) => ({
        order_id: order.id,
        state: order.state,
        currency: order.currency,
        total: order.total,
        version: order.version,
        created_at: order.createdAt,
        updated_at: order.updatedAt,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .column('order_id')
        .doUpdateSet((update) => ({
          state: update.ref('excluded.state'),
          version: update.ref('excluded.version'),
          updated_at: sql<string>`excluded.updated_at`,
        }))
        .whereRef('reported_orders.version', '<', 'excluded.version'),
    )
    .executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows ?? 0n);
}
