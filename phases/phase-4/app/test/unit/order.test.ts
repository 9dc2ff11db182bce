import assert from 'node:assert/strict';
import {
  mayChange,
  NewOrder,
  orderStates,
  placeOrder,
  totalOf,
  transitions,
  type OrderState,
} from '../../src/orders/order.ts';
import { draft } from '../support/service.ts';

describe('order', () => {
  const allowed: Record<OrderState, readonly OrderState[]> = {
    placed: ['confirmed', 'cancelled'],
    confirmed: ['shipped', 'cancelled'],
    shipped: ['delivered'],
    delivered: [],
    cancelled: [],
  };
  for (const from of orderStates)
    for (const to of orderStates)
      it(`${allowed[from].includes(to) ? 'changes' : 'does not change'} from ${from} to ${to}`, () => {
        assert.equal(mayChange(from, to), allowed[from].includes(to));
      });

  it('can reach every state from the first one', () => {
    const reached = new Set<OrderState>(['placed']);
    for (const state of reached) for (const next of transitions[state]) reached.add(next);
    assert.deepEqual([...reached].sort(), [...orderStates].sort());
  });

  it('begins placed, at version 1, with the sum of its lines', () => {
    const order = placeOrder(NewOrder.parse(draft), { id: 'id', now: '2026-11-29T12:00:00.000Z', by: 'ada' });
    assert.deepEqual(
      { state: order.state, version: order.version, total: order.total },
      { state: 'placed', version: 1, total: 39500 },
    );
  });

  it('keeps the largest total exact', () => {
    const line = { sku: 'MAX', quantity: 1000, unitPrice: 10_000_000 };
    const most = NewOrder.parse({ ...draft, lines: Array.from({ length: 50 }, () => line) });
    assert.equal(totalOf(most.lines), 500_000_000_000);
  });

  for (const [what, change] of [
    ['an unknown field', { discount: 5 }],
    ['no lines', { lines: [] }],
    ['51 lines', { lines: Array.from({ length: 51 }, () => draft.lines[0]) }],
    ['half a piece', { lines: [{ ...draft.lines[0], quantity: 0.5 }] }],
    ['a negative price', { lines: [{ ...draft.lines[0], unitPrice: -1 }] }],
    ['another currency', { currency: 'ZZZ' }],
    ['a customer with a line break', { customer: 'a\nb' }],
  ] as const)
    it(`refuses ${what}`, () => {
      assert.equal(NewOrder.safeParse({ ...draft, ...change }).success, false);
    });
});
