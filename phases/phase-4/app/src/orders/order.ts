import { z } from 'zod';

/** The states of an order, and to which states it may change from each. `delivered` and `cancelled` are final. */
export const transitions = {
  placed: ['confirmed', 'cancelled'],
  confirmed: ['shipped', 'cancelled'],
  shipped: ['delivered'],
  delivered: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>;

export type OrderState = keyof typeof transitions;

export const orderStates = Object.keys(transitions) as [OrderState, ...OrderState[]];

export const OrderState = z.enum(orderStates).meta({ description: 'State of an order.' });

export function mayChange(from: OrderState, to: OrderState): boolean {
  return (transitions[from] as readonly OrderState[]).includes(to);
}

const minorUnits = (most: number) => z.int().min(0).max(most);

export const OrderLine = z.strictObject({
  sku: z.string().regex(/^[A-Z0-9][A-Z0-9-]{2,31}$/),
  quantity: z.int().min(1).max(1000),
  unitPrice: minorUnits(10_000_000).meta({ description: 'Price of one piece in minor units, such as cents.' }),
});

export const NewOrder = z.strictObject({
  customer: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
    .meta({ description: 'Reference of the customer. It is no name and no address.' }),
  currency: z.enum(['EUR', 'GBP', 'USD']),
  lines: z.array(OrderLine).min(1).max(50),
});

export const Order = z.strictObject({
  id: z.uuid(),
  state: OrderState,
  version: z.int().min(1).meta({ description: 'Grows by one with each change of state.' }),
  customer: NewOrder.shape.customer,
  currency: NewOrder.shape.currency,
  lines: NewOrder.shape.lines,
  total: minorUnits(Number.MAX_SAFE_INTEGER).meta({ description: 'Sum of all lines in minor units.' }),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  createdBy: z.string().min(1).max(128),
});

export const StateChange = z.strictObject({
  state: OrderState,
  version: z.int().min(1).meta({ description: 'Version that the caller has read. Another one is refused.' }),
});

export type NewOrder = z.output<typeof NewOrder>;
export type Order = z.output<typeof Order>;
export type StateChange = z.output<typeof StateChange>;

/** Sum of the lines. The bounds of a line keep it within the safe integers. */
export function totalOf(lines: NewOrder['lines']): number {
  return lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
}

export function placeOrder(draft: NewOrder, given: { id: string; now: string; by: string }): Order {
  return {
    id: given.id,
    state: 'placed',
    version: 1,
    ...draft,
    total: totalOf(draft.lines),
    createdAt: given.now,
    updatedAt: given.now,
    createdBy: given.by,
  };
}
