import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'mocha';
import { call, done } from '../support/api.mjs';
import { advance, draft, place, TOTAL } from '../support/orders.mjs';
import { tokenOf } from '../support/people.mjs';
import { itemOf, orderItem } from '../support/stores.mjs';

describe('orders API and table', () => {
  it('an order is in the table as it was answered', async () => {
    const order = await place();
    const item = await orderItem(order);
    assert.deepEqual(
      [item.entity.S, item.state.S, item.version.N, item.customer.S, item.currency.S, item.total.N, item.createdAt.S],
      ['order', 'placed', '1', order.customer, 'EUR', String(TOTAL), order.createdAt],
    );
    assert.equal(item.lines.L.length, 2);
  });

  it('an order is read as it was answered', async () => {
    const order = await place();
    const read = await done('getOrder', { token: await tokenOf('viewer'), path: { orderId: order.id } });
    assert.deepEqual(read, { ...order, documents: [] });
  });

  it('a change of state is in the table, with the next version', async () => {
    const order = await advance(await place(), 'confirmed', 'shipped');
    const item = await orderItem(order);
    assert.deepEqual([item.state.S, item.version.N, item.updatedAt.S], ['shipped', '3', order.updatedAt]);
  });

  it('an order and its idempotency key are in the table together, and the key expires', async () => {
    const key = randomUUID();
    const order = await done('createOrder', { token: await tokenOf('operator'), body: draft(), key });
    const once = await itemOf(`ONCE#createOrder#${order.createdBy}#${key}`, 'ONCE');
    assert.equal(once.answer.M.id.S, order.id);
    const hours = (Number(once.expiresAt.N) - Date.now() / 1000) / 3600;
    assert.ok(hours > 0 && hours <= 168, `${hours} hours`);
  });

  it('an order that is refused leaves neither an order nor a key', async () => {
    const key = randomUUID();
    const token = await tokenOf('operator');
    const { createdBy } = await place();
    const { status } = await call('createOrder', { token, body: draft({ currency: 'ZZZ' }), key });
    assert.equal(status, 400);
    assert.equal(await itemOf(`ONCE#createOrder#${createdBy}#${key}`, 'ONCE'), undefined);
  });
});
