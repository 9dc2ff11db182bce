import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { signIn, signUp } from '../../../app/test/support/people.ts';
import { machineToken } from '../../machine.mjs';
import { call } from '../support/api.mjs';
import { operations } from '../support/contract.mjs';
import { GROUPS, once, tokenOf } from '../support/people.mjs';
import { emptyRequest } from '../support/requests.mjs';

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

const ask = async (operationId, token) => (await call(operationId, { token, ...emptyRequest(operationId) })).status;

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
