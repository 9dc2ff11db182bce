import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { signIn, signUp } from '../../../app/test/support/people.ts';
import { machineToken } from '../../machine.mjs';
import { send } from '../support/api.mjs';
import { operations } from '../support/contract.mjs';
import { GROUPS, once, tokenOf } from '../support/people.mjs';

const READ = ['listOrders', 'getOrder', 'getDocument'];
const WRITE = [...READ, 'createOrder', 'advanceOrder', 'attachDocument'];
const ALL = [...WRITE, 'cancelOrder', 'reportOrders'];

/** What each may do: the agreed table, stated here and not taken from the code that it tests. */
const allowed = {
  viewer: READ,
  operator: WRITE,
  admin: ALL,
  'a viewer who is admin as well': ALL,
  'a person in no group': [],
  machine: WRITE,
};

/** Nothing has these ids: who may is answered with 200, 400 or 404, and who may not with 403. */
async function ask(operationId, token) {
  const { method, path } = operations[operationId];
  const filled = path.replace(/\{\w+\}/g, () => '0a54b6a1-9b3a-4f0e-8a53-1df00d5f27c1');
  const query = operationId === 'reportOrders' ? { from: '2026-11-01', days: '2' } : { state: 'placed' };
  const request = method === 'GET' ? { query } : { body: {} };
  return (await send(`${method} ${filled}`, { token, ...request })).status;
}

describe('roles and operations', () => {
  for (const who of [...Object.keys(GROUPS), 'machine'])
    for (const operationId of Object.keys(operations)) {
      const may = allowed[who].includes(operationId);
      it(`${who} ${may ? 'may' : 'may not'} do ${operationId}`, async () => {
        const status = await ask(operationId, await tokenOf(who));
        if (may) assert.ok([200, 400, 404].includes(status), `${status}`);
        else assert.equal(status, 403);
      });
    }
});

describe('scopes of clients', () => {
  const withScope = (scope) => () =>
    once(`an admin with ${scope}`, async () => (await signIn(await signUp('admin'), { scope })).access_token);
  const machineWith = (scope) => () => once(`a machine with ${scope}`, () => machineToken(process.env, scope));

  for (const [who, token, may, mayNot] of [
    ['an admin whose client asked for reading', withScope('openid orders/read'), 'listOrders', 'createOrder'],
    ['an admin whose client asked for writing', withScope('openid orders/write'), 'createOrder', 'listOrders'],
    ['a machine that asked for reading', machineWith('orders/read'), 'listOrders', 'createOrder'],
    ['a machine that asked for writing', machineWith('orders/write'), 'createOrder', 'listOrders'],
  ]) {
    it(`${who} may do ${may}`, async () => {
      assert.notEqual(await ask(may, await token()), 403);
    });

    it(`${who} may not do ${mayNot}`, async () => {
      assert.equal(await ask(mayNot, await token()), 403);
    });
  }
});
