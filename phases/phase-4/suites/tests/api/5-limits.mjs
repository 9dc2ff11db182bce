import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { assertProblem, call, done } from '../support/api.mjs';
import { draft } from '../support/orders.mjs';
import { tokenOf } from '../support/people.mjs';

const LIMIT = 64 * 1024;
const line = { sku: 'LIMIT-01', quantity: 1000, unitPrice: 10_000_000 };
const create = async (body, more = {}) => call('createOrder', { token: await tokenOf('operator'), body, ...more });

/** An order as long as this, with spaces at its end. */
const padded = (length) => JSON.stringify(draft()).padEnd(length, ' ');

describe('limits of requests', () => {
  it('a body of 65,536 bytes is read', async () => {
    assert.equal((await create(padded(LIMIT))).status, 201);
  });

  it('a body of 65,537 bytes is refused', async () => {
    assertProblem(await create(padded(LIMIT + 1)), 413, 'too-large');
  });

  it('fifty lines are taken, and their sum is exact', async () => {
    const { total } = await done('createOrder', {
      token: await tokenOf('operator'),
      body: draft({ lines: Array.from({ length: 50 }, () => line) }),
    });
    assert.equal(total, 500_000_000_000);
  });

  it('of many errors twenty are told', async () => {
    const answer = await create(draft({ lines: Array.from({ length: 50 }, () => ({})) }));
    assertProblem(answer, 400, 'invalid-request');
    assert.equal(answer.body.errors.length, 20);
  });
});

describe('validation of orders', () => {
  for (const [what, body, path] of [
    ['what is no JSON', '{"customer":', 'body'],
    ['a list', [], 'body'],
    ['text', '"order"', 'body'],
    ['null', 'null', 'body'],
    ['51 lines', draft({ lines: Array.from({ length: 51 }, () => line) }), 'body.lines'],
    ['no lines', draft({ lines: [] }), 'body.lines'],
    ['an unknown field', draft({ discount: 5 }), 'body'],
    ['a currency that is not traded', draft({ currency: 'ZZZ' }), 'body.currency'],
    ['a customer with a line break', draft({ customer: 'a\nb' }), 'body.customer'],
    ['a customer that is SQL', draft({ customer: "x'; drop table reported_orders; --" }), 'body.customer'],
    ['half a piece', draft({ lines: [{ ...line, quantity: 0.5 }] }), 'body.lines.0.quantity'],
    ['1,001 pieces', draft({ lines: [{ ...line, quantity: 1001 }] }), 'body.lines.0.quantity'],
    ['a negative price', draft({ lines: [{ ...line, unitPrice: -1 }] }), 'body.lines.0.unitPrice'],
    ['a price as text', draft({ lines: [{ ...line, unitPrice: '1' }] }), 'body.lines.0.unitPrice'],
    ['a small article number', draft({ lines: [{ ...line, sku: 'limit-01' }] }), 'body.lines.0.sku'],
  ])
    it(`${what} is refused, and the problem names the place`, async () => {
      const answer = await create(body);
      assertProblem(answer, 400, 'invalid-request');
      assert.deepEqual(
        answer.body.errors.map((error) => error.path),
        [path],
      );
    });

  it('no body is refused', async () => {
    assertProblem(await create(undefined), 400, 'invalid-request');
  });
});
