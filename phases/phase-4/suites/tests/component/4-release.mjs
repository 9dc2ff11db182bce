import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'mocha';
import { call } from '../support/api.mjs';
import { tokenOf } from '../support/people.mjs';
import { requests } from '../support/requests.mjs';
import { live } from '../support/stores.mjs';

describe('functions of the release', () => {
  for (const name of ['orders', 'reports', 'projection', 'migrate'])
    it(`the function ${name} runs the release that is deployed`, async () => {
      assert.equal((await live(process.env[`${name.toUpperCase()}_FUNCTION`])).release, process.env.RELEASE);
    });
});

describe('endpoints and their integrations', () => {
  for (const [operationId, request] of Object.entries(requests))
    it(`${operationId} answers as its contract says`, async () => {
      const { status, headers } = await call(operationId, { token: await tokenOf('admin'), ...(await request()) });
      assert.ok(status === 200 || status === 201, `${status}`);
      assert.ok(headers.get('x-correlation-id'));
    });

  it('answers of two functions have the correlation id of their request', async () => {
    const id = randomUUID();
    const token = await tokenOf('admin');
    for (const operationId of ['listOrders', 'reportOrders']) {
      const request = await requests[operationId]();
      const { headers } = await call(operationId, { token, ...request, headers: { 'x-correlation-id': id } });
      assert.equal(headers.get('x-correlation-id'), id, operationId);
    }
  });
});
