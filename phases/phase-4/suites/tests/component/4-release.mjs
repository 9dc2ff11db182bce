import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { describe, it } from 'mocha';
import { call } from '../support/api.mjs';
import { announcement, attach, content, draft, place } from '../support/orders.mjs';
import { tokenOf } from '../support/people.mjs';

describe('functions of the release', () => {
  for (const name of ['orders', 'reports', 'projection', 'migrate'])
    it(`the function ${name} runs the release that is deployed`, async () => {
      const FunctionName = process.env[`${name.toUpperCase()}_FUNCTION`];
      const command = new GetFunctionConfigurationCommand({ FunctionName, Qualifier: 'live' });
      const { Environment, State = 'Active' } = await new LambdaClient({}).send(command);
      assert.deepEqual([State, Environment.Variables.RELEASE], ['Active', process.env.RELEASE]);
    });
});

/** One request to each endpoint, by somebody who may. */
const requests = {
  createOrder: async () => ({ body: draft() }),
  listOrders: async () => ({ query: { state: 'placed', limit: '1' } }),
  getOrder: async () => ({ path: { orderId: (await place()).id } }),
  advanceOrder: async () => ({ path: { orderId: (await place()).id }, body: { state: 'confirmed', version: 1 } }),
  cancelOrder: async () => ({ path: { orderId: (await place()).id }, body: { version: 1 } }),
  attachDocument: async () => ({ path: { orderId: (await place()).id }, body: announcement(content()) }),
  getDocument: async () => {
    const { id, orderId } = await attach(await place());
    return { path: { orderId, documentId: id } };
  },
  reportOrders: async () => ({ query: { from: new Date().toISOString().slice(0, 10), days: '1' } }),
};

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
