import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'mocha';
import { assertProblem, call, done } from '../support/api.mjs';
import { advance, announcement, content, draft, place } from '../support/orders.mjs';
import { tokenOf } from '../support/people.mjs';

const create = async (key, body = draft(), who = 'operator') =>
  call('createOrder', { token: await tokenOf(who), body, key });

const announceWith = async (key, { id }, body) =>
  call('attachDocument', { token: await tokenOf('operator'), path: { orderId: id }, body, key });

describe('writes with an idempotency key: orders', () => {
  it('the same key and body give the same order', async () => {
    const key = randomUUID();
    const first = await create(key);
    const again = await create(key);
    assert.deepEqual([again.status, again.body], [201, first.body]);
  });

  it('a body that is written in another way is the same', async () => {
    const key = randomUUID();
    const { lines, currency, customer } = draft();
    const first = await create(key);
    const again = await create(key, JSON.stringify({ lines, currency, customer }, null, 4));
    assert.deepEqual(again.body, first.body);
  });

  it('the answer is the same after the order has changed', async () => {
    const key = randomUUID();
    const first = await create(key);
    await advance(first.body, 'confirmed');
    assert.deepEqual((await create(key)).body, first.body);
  });

  it('a key with another body is refused', async () => {
    const key = randomUUID();
    await create(key);
    assertProblem(await create(key, draft({ customer: 'another' })), 409, 'key-reused');
  });

  it('two callers with the same key do not meet', async () => {
    const key = randomUUID();
    const [mine, theirs] = [await create(key), await create(key, draft(), 'admin')];
    assert.deepEqual([mine.status, theirs.status], [201, 201]);
    assert.notEqual(mine.body.id, theirs.body.id);
  });

  it('four requests at once with one key give one order', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 4 }, () => create(key)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [201, 201, 201, 201],
    );
    assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
  });

  for (const [what, key] of [
    ['no key', null],
    ['a key of 15 signs', 'a'.repeat(15)],
    ['a key of 129 signs', 'a'.repeat(129)],
    ['a key with other signs', 'abcdefgh ijklmnop'],
  ])
    it(`${what} is refused`, async () => {
      const answer = await create(key);
      assertProblem(answer, 400, 'invalid-request');
      assert.deepEqual(
        answer.body.errors.map(({ path }) => path),
        ['headers.idempotency-key'],
      );
    });
});

describe('writes with an idempotency key: documents', () => {
  it('the same key and body give the same document, with an address again', async () => {
    const [order, key, body] = [await place(), randomUUID(), announcement(content())];
    const first = await announceWith(key, order, body);
    const again = await announceWith(key, order, body);
    assert.deepEqual([again.status, again.body.document], [201, first.body.document]);
    assert.equal(
      (await done('getOrder', { token: await tokenOf('viewer'), path: { orderId: order.id } })).documents.length,
      1,
    );
  });

  it('a key with another document is refused', async () => {
    const [order, key] = [await place(), randomUUID()];
    await announceWith(key, order, announcement(content()));
    assertProblem(await announceWith(key, order, announcement(content())), 409, 'key-reused');
  });

  it('a key that was used for another order is refused, and gives no document of that order', async () => {
    const [first, second] = [await place(), await place()];
    const [key, body] = [randomUUID(), announcement(content())];
    await announceWith(key, first, body);
    const answer = await announceWith(key, second, body);
    assert.notEqual(answer.body.document?.orderId, first.id, 'the document of another order was given out');
    assertProblem(answer, 409, 'key-reused');
  });

  it('a key for an order does for a document as well: operations do not meet', async () => {
    const [order, key] = [await place(), randomUUID()];
    assert.equal((await create(key)).status, 201);
    assert.equal((await announceWith(key, order, announcement(content()))).status, 201);
  });
});

describe('changes of state, which name a version', () => {
  it('a change that is sent again is answered as the first time', async () => {
    const { id } = await place();
    const request = {
      token: await tokenOf('operator'),
      path: { orderId: id },
      body: { state: 'confirmed', version: 1 },
    };
    const first = await done('advanceOrder', request);
    assert.deepEqual(await done('advanceOrder', request), first);
  });

  it('a cancellation that is sent again is answered as the first time', async () => {
    const { id } = await place();
    const request = { token: await tokenOf('admin'), path: { orderId: id }, body: { version: 1 } };
    const first = await done('cancelOrder', request);
    assert.deepEqual(await done('cancelOrder', request), first);
  });
});
