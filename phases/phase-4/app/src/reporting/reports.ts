import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import type { Tables } from './schema.ts';
import { ReportRow } from './report.ts';

/** Orders by the day they were placed on, state and currency. Sums of different currencies are never added up. */
export async function ordersByDay(
  database: Kysely<Tables>,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<ReportRow[]> {
  const rows = await database
    .selectFrom('reported_orders')
    .select(({ fn }) => [
      sql<string>`to_char(created_day, 'YYYY-MM-DD')`.as('day'),
      'state',
      'currency',
      fn.countAll<string>().as('orders'),
      fn.sum<string>('total').as('total'),
    ])
    .where('created_day', '>=', from)
    .where('created_day', '<=', to)
    .groupBy(['created_day', 'state', 'currency'])
    .orderBy('created_day')
    .orderBy('state')
    .orderBy('currency')
    .execute();
  return z
    .array(ReportRow)
    .parse(rows.map((row) => ({ ...row, orders: Number(row.orders), total: Number(row.total) })));
}
