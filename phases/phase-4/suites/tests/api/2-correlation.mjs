import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'mocha';
import { call } from '../support/api.mjs';
import { tokenOf } from '../support/people.mjs';

const answeredWith = async (id, query = { state: 'placed', limit: '1' }) => {
  const headers = id === undefined ? {} : { 'x-correlation-id': id };
  return call('listOrders', { token: await tokenOf('viewer'), query, headers });
};

describe('correlation ids', () => {
  for (const [what, id] of [
    ['of 8 signs', 'abcd1234'],
    ['of 64 signs', 'a'.repeat(64)],
    ['with dots, lines and underscores', 'shop.web-7_checkout'],
    ['that is a UUID', randomUUID()],
  ])
    it(`one ${what} is returned`, async () => {
      assert.equal((await answeredWith(id)).headers.get('x-correlation-id'), id);
    });

  for (const [what, id] of [
    ['none', undefined],
    ['one of 7 signs', 'abcd123'],
    ['one of 65 signs', 'a'.repeat(65)],
    ['one with spaces', 'abcd 1234 efgh'],
    ['one with other signs', 'abcd1234<script>'],
  ])
    it(`for ${what} the service makes one`, async () => {
      assert.match((await answeredWith(id)).headers.get('x-correlation-id'), /^[0-9a-f-]{36}$/);
    });

  it('stands in a problem, too', async () => {
    const { status, body, headers } = await answeredWith('trace-of-a-problem', { state: 'lost' });
    assert.deepEqual(
      [status, body.correlationId, headers.get('x-correlation-id')],
      [400, 'trace-of-a-problem', 'trace-of-a-problem'],
    );
  });

  it('two requests have different ones', async () => {
    const [one, other] = await Promise.all([answeredWith(), answeredWith()]);
    assert.notEqual(one.headers.get('x-correlation-id'), other.headers.get('x-correlation-id'));
  });
});
