import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Given, setDefaultTimeout, Then, When } from '@cucumber/cucumber';
import { assertProblem, call, done, eventually, PATIENCE_MS } from '../support/api.mjs';
import { advance, announce, attach, cancel, content, draft, place, upload } from '../support/orders.mjs';
import { tokenOf } from '../support/people.mjs';
import { LARGE, LARGE_LINES, reported } from '../support/stores.mjs';

setDefaultTimeout(60_000);

const cents = (amount) => Math.round(Number(amount) * 100);
const order = async (world) => done('getOrder', { token: await tokenOf('viewer'), path: { orderId: world.order.id } });
const inList = async (world, state) => {
  const { orders } = await done('listOrders', { token: await tokenOf('viewer'), query: { state, limit: '100' } });
  return orders.some(({ id }) => id === world.order.id);
};

Given('an order that was placed', async function () {
  this.order = await place();
});

Given(
  'an operator has placed an order of {int} chairs at {float} EUR and a table at {float} EUR',
  async function (chairs, chair, table) {
    this.order = await place({
      lines: [
        { sku: 'CHAIR-01', quantity: chairs, unitPrice: cents(chair) },
        { sku: 'TABLE-01', quantity: 1, unitPrice: cents(table) },
      ],
    });
  },
);

Then('its total is {float} EUR', async function (total) {
  const { total: found, currency } = await order(this);
  assert.deepEqual([found, currency], [cents(total), 'EUR']);
});

When('an operator makes it {word}', async function (state) {
  this.order = await advance(this.order, state);
});

When('an admin cancels it', async function () {
  this.order = await cancel(this.order);
});

When('an admin tries to cancel it', async function () {
  const { id: orderId, version } = this.order;
  this.answer = await call('cancelOrder', { token: await tokenOf('admin'), path: { orderId }, body: { version } });
});

Then('that is refused as {word}', function (kind) {
  assertProblem(this.answer, kind === 'invalid-request' ? 400 : 409, kind);
});

Then('a viewer sees it as {word}, at version {int}', async function (state, version) {
  const found = await order(this);
  assert.deepEqual([found.state, found.version], [state, version]);
});

Then('a viewer finds it in the list of {word} orders', async function (state) {
  await eventually(() => inList(this, state), `the order among those that are ${state}`);
});

Then('a viewer does not find it in the list of {word} orders', async function (state) {
  await eventually(async () => !(await inList(this, state)), `no such order among those that are ${state}`);
});

When('an operator attaches an invoice', async function () {
  this.invoice = content();
  this.document = await attach(this.order, this.invoice);
});

Then('a viewer reads the same invoice', async function () {
  const path = { orderId: this.order.id, documentId: this.document.id };
  const { download } = await done('getDocument', { token: await tokenOf('viewer'), path });
  const answer = await fetch(download.url, { signal: AbortSignal.timeout(PATIENCE_MS) });
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), this.invoice);
});

Then('a viewer sees {int} document(s) of the order', async function (count) {
  assert.equal((await order(this)).documents.length, count);
});

Given('an admin who has read it', async function () {
  this.read = await order(this);
});

When('that admin tries to cancel what they have read', async function () {
  const { id: orderId, version } = this.read;
  this.answer = await call('cancelOrder', { token: await tokenOf('admin'), path: { orderId }, body: { version } });
});

Given('an operator who sends an order, and gets no answer', async function () {
  this.request = { token: await tokenOf('operator'), body: draft(), key: randomUUID() };
  this.lost = await call('createOrder', this.request);
});

When('the operator sends it again', async function () {
  this.answer = await call('createOrder', this.request);
});

Then('there is one order', function () {
  assert.equal(this.answer.body.id, this.lost.body.id);
});

Given('the report of {word} orders', async function (state) {
  this.state = state;
  this.before = await reported(state, 'USD');
});

When('an operator leads a large order to delivered', async function () {
  const placed = await place({ currency: 'USD', lines: LARGE_LINES });
  await advance(placed, 'confirmed', 'shipped', 'delivered');
});

When('a large order is placed and cancelled', async function () {
  await cancel(await place({ currency: 'USD', lines: LARGE_LINES }));
});

Then('the report has the order within {int} seconds', async function (seconds) {
  const has = async () => (await reported(this.state, 'USD')).total >= this.before.total + LARGE;
  await eventually(has, 'the order in the report', seconds);
});

const mistakes = {
  'no lines': { body: { lines: [] } },
  'an unknown currency': { body: { currency: 'ZZZ' } },
  'half a chair': { body: { lines: [{ sku: 'CHAIR-01', quantity: 0.5, unitPrice: 4900 }] } },
  'no idempotency key': { key: null },
};

When(/^an operator tries to place an order with (.+)$/, async function (mistake) {
  const { body, ...more } = mistakes[mistake];
  this.answer = await call('createOrder', { token: await tokenOf('operator'), body: draft(body), ...more });
});

Then(/^the problem is at (.+)$/, function (path) {
  assert.deepEqual(
    this.answer.body.errors.map((error) => error.path),
    [path],
  );
});

When('an operator places an order and attaches a document to it', async function () {
  this.order = await place();
  const bytes = content();
  const announced = await announce(this.order, bytes);
  assert.equal((await upload(announced.upload, bytes)).status, 200);
  this.document = announced.document;
});
