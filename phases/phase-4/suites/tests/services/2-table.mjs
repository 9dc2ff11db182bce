import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { assertProblem, call, done, eventually } from '../support/api.mjs';
import { advance, announce, announcement, content, place } from '../support/orders.mjs';
import { tokenOf } from '../support/people.mjs';
import { orderItem } from '../support/stores.mjs';

const read = async ({ id }) => done('getOrder', { token: await tokenOf('viewer'), path: { orderId: id } });
const change = async (operationId, { id }, body) =>
  call(operationId, { token: await tokenOf('admin'), path: { orderId: id }, body });

describe('consistency of the table', () => {
  it('what was written is read at once, after every change', async () => {
    let order = await place();
    for (const state of ['confirmed', 'shipped', 'delivered']) {
      order = await advance(order, state);
      const { state: found, version } = await read(order);
      assert.deepEqual([found, version], [state, order.version]);
    }
  });

  it('a document is read at once after it was announced', async () => {
    const order = await place();
    const { document } = await announce(order, content());
    assert.deepEqual((await read(order)).documents, [document]);
  });

  it('an order is in the list of its state alone', async () => {
    const order = await advance(await place(), 'confirmed');
    const has = async (state) => {
      const { orders } = await done('listOrders', { token: await tokenOf('viewer'), query: { state, limit: '100' } });
      return orders.some(({ id }) => id === order.id);
    };
    // The index follows the table.
    await eventually(async () => (await has('confirmed')) && !(await has('placed')), 'the order in the other list', 10);
  });
});

describe('conditional writes to the table', () => {
  it('a change at a version that is over is refused, and changes nothing', async () => {
    const order = await advance(await place(), 'confirmed');
    assertProblem(await change('cancelOrder', order, { version: 1 }), 409, 'wrong-version');
    const item = await orderItem(order);
    assert.deepEqual([item.state.S, item.version.N], ['confirmed', '2']);
  });

  it('a change to a state that does not follow is refused, and changes nothing', async () => {
    const order = await place();
    assertProblem(await change('advanceOrder', order, { state: 'delivered', version: 1 }), 409, 'wrong-transition');
    const item = await orderItem(order);
    assert.deepEqual([item.state.S, item.version.N], ['placed', '1']);
  });

  it('of a confirmation and a cancellation at once one wins', async () => {
    for (let time = 0; time < 3; time++) {
      const order = await place();
      const [confirmed, cancelled] = await Promise.all([
        change('advanceOrder', order, { state: 'confirmed', version: 1 }),
        change('cancelOrder', order, { version: 1 }),
      ]);
      assert.deepEqual([confirmed.status, cancelled.status].sort(), [200, 409]);
      const { state, version } = await read(order);
      assert.deepEqual([state, version], [confirmed.status === 200 ? 'confirmed' : 'cancelled', 2]);
    }
  });

  it('four confirmations at once change the order once', async () => {
    const order = await place();
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => change('advanceOrder', order, { state: 'confirmed', version: 1 })),
    );
    assert.ok(answers.every(({ status }) => status === 200 || status === 409));
    assert.ok(answers.some(({ status }) => status === 200));
    assert.equal((await read(order)).version, 2);
  });

  it('of four documents at once an order takes as many as it may have', async () => {
    const order = await place();
    for (let count = 0; count < 18; count++) await announce(order, content());
    const token = await tokenOf('operator');
    const answers = await Promise.all(
      Array.from({ length: 4 }, () =>
        call('attachDocument', { token, path: { orderId: order.id }, body: announcement(content()) }),
      ),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 201, 409, 409]);
    assert.equal((await read(order)).documents.length, 20);
  });

  it('a document of an order that does not exist is refused', async () => {
    const order = { id: '0a54b6a1-9b3a-4f0e-8a53-1df00d5f27c1' };
    assertProblem(await change('attachDocument', order, announcement(content())), 404, 'not-found');
    assert.equal(await orderItem(order), undefined);
  });
});
