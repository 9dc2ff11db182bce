import assert from 'node:assert/strict';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { Given, Then, When } from '@cucumber/cucumber';
import { systemVariables } from '../../stacks.mjs';
import { call, PATIENCE_MS } from '../support/api.mjs';
import { assertDocumented } from '../support/contract.mjs';
import { place } from '../support/orders.mjs';
import { once, tokenOf } from '../support/people.mjs';
import { requests } from '../support/requests.mjs';
import { bucket, invoke, live, orderItem } from '../support/stores.mjs';

const FUNCTIONS = ['orders', 'reports', 'projection', 'migrate'];
const nameOf = (system, name) => system[`${name.toUpperCase()}_FUNCTION`];

Given('the deployed system', function () {
  this.system = process.env;
});

Given('the system that is deployed in {word}', async function (environment) {
  this.system = await systemVariables(process.env.AWS_REGION, environment);
});

Then('the functions orders, reports, projection and migrate run the release that is deployed', async function () {
  for (const name of FUNCTIONS)
    assert.equal((await live(nameOf(this.system, name))).release, this.system.RELEASE, name);
});

Then('an operator can place an order', async function () {
  assert.equal((await place()).state, 'placed');
});

When('an admin asks for {word}', async function (operationId) {
  this.operationId = operationId;
  this.answer = await call(operationId, { token: await tokenOf('admin'), ...(await requests[operationId]()) });
});

Then('the answer is one that the contract promises', function () {
  assertDocumented(this.operationId, this.answer);
});

Then('it is a success', function () {
  assert.ok([200, 201].includes(this.answer.status), `${this.answer.status}`);
});

Then('DynamoDB has the order', async function () {
  assert.equal((await orderItem(this.order)).state.S, 'placed');
});

Then('S3 has the document', async function () {
  const { client, Bucket } = bucket();
  const { id, orderId, length } = this.document;
  const found = await client.send(new GetObjectCommand({ Bucket, Key: `documents/${orderId}/${id}` }));
  assert.equal(found.ContentLength, length);
});

When('the migration function is asked for the status', async function () {
  this.migrations = await once('status', () => invoke(process.env.MIGRATE_FUNCTION, { action: 'status' }));
});

Then('all migrations of the release are applied', function () {
  const { ok, release, schema } = this.migrations;
  assert.deepEqual([ok, release], [true, process.env.RELEASE]);
  assert.ok(schema.length > 0 && schema.every(({ state }) => state === 'already-applied'), JSON.stringify(schema));
});

Then('the orders of before have been copied', function () {
  assert.ok(this.migrations.data.every(({ state }) => state === 'already-done'));
});

Then('its API answers, and lets nobody in without a token', async function () {
  const { status } = await fetch(`${this.system.API_URL}/orders?state=placed`, {
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  assert.equal(status, 401);
});

Then('all its functions are of one release', async function () {
  const found = await Promise.all(FUNCTIONS.map((name) => live(nameOf(this.system, name))));
  assert.deepEqual(new Set(found.map(({ release }) => release)), new Set([this.system.RELEASE]));
});

Then('the orders function of development has the same code as that of testing', async function () {
  const systems = await Promise.all(
    ['development', 'testing'].map((environment) => systemVariables(process.env.AWS_REGION, environment)),
  );
  const [one, other] = await Promise.all(systems.map((system) => live(nameOf(system, 'orders'))));
  assert.equal(one.code, other.code);
});
