import assert from 'node:assert/strict';
import { Given, Then, When } from '@cucumber/cucumber';
import { authorize, signIn, signUp } from '../../../app/test/support/people.ts';
import { machineToken } from '../../machine.mjs';
import { call } from '../support/api.mjs';
import { operations } from '../support/contract.mjs';
import { announcement, content, draft } from '../support/orders.mjs';
import { once, tokenOf } from '../support/people.mjs';
import { emptyRequest, requests } from '../support/requests.mjs';

const member = (role) => once(`a ${role} with a password`, () => signUp(role));
const list = async (token) => call('listOrders', { token, query: { state: 'placed', limit: '1' } });

/** What people do, as operations: of the order of the scenario. */
const deeds = {
  'list orders': () => ['listOrders', { query: { state: 'placed', limit: '1' } }],
  'read the order': (path) => ['getOrder', { path }],
  'place an order': () => ['createOrder', { body: draft() }],
  'confirm the order': (path) => ['advanceOrder', { path, body: { state: 'confirmed', version: 1 } }],
  'cancel the order': (path) => ['cancelOrder', { path, body: { version: 1 } }],
  'attach a document': (path) => ['attachDocument', { path, body: announcement(content()) }],
  'read the report': () => ['reportOrders', { query: { from: '2026-11-01', days: '1' } }],
};

Given('somebody who has signed in as {word}', async function (who) {
  this.token = await tokenOf(who === 'stranger' ? 'a person in no group' : who);
});

When(/^they try to (.+)$/, async function (deed) {
  const [operationId, request] = deeds[deed]({ orderId: this.order.id });
  this.answer = await call(operationId, { token: this.token, ...request });
});

Then('it is done', function () {
  assert.ok([200, 201].includes(this.answer.status), JSON.stringify(this.answer.body));
});

Then('it is refused', function () {
  assert.equal(this.answer.status, 403);
});

Given('a person who is a viewer', async function () {
  this.person = await member('viewer');
});

When('they sign in with their password', async function () {
  this.token = (await signIn(this.person)).access_token;
});

When('a person signs in who is a viewer', async function () {
  this.token = (await signIn(await member('viewer'))).access_token;
});

When('the machine client asks for a token', async function () {
  this.token = await machineToken(process.env);
});

Then(/^the API takes (?:their|its) access token$/, async function () {
  assert.equal((await list(this.token)).status, 200);
});

Then('they cannot sign in with another password', async function () {
  await assert.rejects(authorize({ ...this.person, password: 'Aa1!wrong-password' }));
});

async function everywhere(token) {
  for (const operationId of Object.keys(operations)) {
    const { status } = await call(operationId, { token, ...emptyRequest(operationId) });
    assert.equal(status, 401, operationId);
  }
}

Then('every operation refuses who has no token', () => everywhere(undefined));

Then('every operation refuses a token without a signature', async () => {
  const [, payload] = (await tokenOf('admin')).split('.');
  const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
  await everywhere(`${header}.${payload}.`);
});

Then('their access token lives {int} minutes at most', function (minutes) {
  const { iat, exp } = JSON.parse(Buffer.from(this.token.split('.')[1], 'base64url').toString());
  assert.ok(exp - iat <= minutes * 60, `${exp - iat} s`);
});

Then('an address of a document lives an hour at most', async () => {
  const { body } = await call('getDocument', { token: await tokenOf('admin'), ...(await requests.getDocument()) });
  const seconds = Number(new URL(body.download.url).searchParams.get('X-Amz-Expires'));
  assert.ok(seconds > 0 && seconds <= 3600, `${seconds} s`);
});
