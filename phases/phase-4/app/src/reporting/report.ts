import { z } from 'zod';
import { NewOrder, OrderState } from '../orders/order.ts';

/** Bound on the days of one report: with five states and three currencies an answer has at most 1,380 rows. */
export const daysPerReport = 92;

export const ReportRow = z.strictObject({
  day: z.iso.date().meta({ description: 'Day on which the orders were placed, in UTC.' }),
  state: OrderState,
  currency: NewOrder.shape.currency,
  orders: z.int().min(1),
  total: z.int().min(0),
});

export const Report = z.strictObject({ from: z.iso.date(), to: z.iso.date(), rows: z.array(ReportRow) });

export const ReportQuery = z.strictObject({
  from: z.iso.date().meta({ description: 'First day, in UTC.' }),
  days: z
    .string()
    .regex(/^([1-9]|[1-8][0-9]|9[0-2])$/)
    .transform(Number)
    .meta({ type: 'integer', minimum: 1, maximum: daysPerReport }),
});

export type ReportRow = z.output<typeof ReportRow>;
export type Report = z.output<typeof Report>;

/** First and last day of a report. Days that PostgreSQL does not know are left out: those before the year 1 and after 9999. */
export function rangeOf({ from, days }: z.output<typeof ReportQuery>): { readonly from: string; readonly to: string } {
  const first = Math.max(Date.parse(from), Date.parse('0001-01-01'));
  const last = Math.min(Date.parse(from) + (days - 1) * 86_400_000, Date.parse('9999-12-31'));
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  return { from: day(first), to: day(Math.max(first, last)) };
}
