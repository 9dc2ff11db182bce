import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { documentsPerOrder } from '../../src/documents/document.ts';
import { person } from '../support/http.ts';
import { memoryOrders } from '../support/memory.ts';
import { draft, testService } from '../support/service.ts';

const admin = person('admin');

describe('orders', () => {
  it('are placed and read', async () => {
    const { create, send } = testService();
    const placed = await create();
    assert.equal(placed.status, 201);
    const read = await send('GET /orders/{orderId}', { path: { orderId: String(placed.body['id']) } });
    assert.deepEqual(read.body, { ...placed.body, documents: [] });
  });

  it('are answered the same for the same key and body, however it is written', async () => {
    const { create, send } = testService();
    const headers = { 'idempotency-key': randomUUID() };
    const first = await create({ headers });
    const orderId = String(first.body['id']);
    await send('PUT /orders/{orderId}/state', { path: { orderId }, body: { state: 'confirmed', version: 1 } });
    const { customer, currency, lines } = draft;
    const again = await create({ headers, body: JSON.stringify({ lines, currency, customer }, null, 4) });
    assert.deepEqual(again.body, first.body);
  });

  it('refuse a key that was used with another body', async () => {
    const { create } = testService();
    const headers = { 'idempotency-key': randomUUID() };
    await create({ headers });
    const { status, body } = await create({ headers, body: { ...draft, customer: 'another' } });
    assert.deepEqual([status, body['type']], [409, 'urn:orders:problem:key-reused']);
  });

  it('keep the keys of two callers apart', async () => {
    const { create } = testService();
    const headers = { 'idempotency-key': randomUUID() };
    const mine = await create({ headers });
    const theirs = await create({ headers, claims: { ...person('operator'), sub: 'another' } });
    assert.notEqual(theirs.body['id'], mine.body['id']);
  });

  it('are listed a page at a time, each once', async () => {
    const { create, send } = testService();
    const placed = [];
    for (let count = 0; count < 5; count++) placed.push((await create()).body['id']);
    const seen: unknown[] = [];
    let cursor: string | undefined;
    do {
      const { status, body } = await send('GET /orders', {
        query: { state: 'placed', limit: '2', ...(cursor !== undefined && { cursor }) },
      });
      assert.equal(status, 200);
      const page = body['orders'] as { id: string; lines?: unknown }[];
      assert.ok(page.every(({ lines }) => lines === undefined));
      seen.push(...page.map(({ id }) => id));
      cursor = body['next'] as string | undefined;
    } while (cursor !== undefined);
    assert.deepEqual(seen, placed.toReversed());
  });

  for (const query of [
    {},
    { state: 'lost' },
    { state: 'placed', limit: '0' },
    { state: 'placed', limit: '101' },
    { state: 'placed', limit: '1e1' },
    { state: 'placed', limit: ' 5' },
    { state: 'placed', x: '1' },
  ])
    it(`refuse the query ${JSON.stringify(query)}`, async () => {
      const { send } = testService();
      assert.equal((await send('GET /orders', { query: query })).status, 400);
    });

  it('refuse a cursor of another list', async () => {
    const { create, send } = testService();
    await create();
    await create();
    const { body } = await send('GET /orders', { query: { state: 'placed', limit: '1' } });
    const { status } = await send('GET /orders', { query: { state: 'shipped', cursor: String(body['next']) } });
    assert.equal(status, 404);
  });

  it('go the whole way to delivered', async () => {
    const { create, send } = testService();
    const path = { orderId: String((await create()).body['id']) };
    for (const [version, state] of ['confirmed', 'shipped', 'delivered'].entries()) {
      const { status, body } = await send('PUT /orders/{orderId}/state', {
        path,
        body: { state, version: version + 1 },
      });
      assert.deepEqual([status, body['state'], body['version']], [200, state, version + 2]);
    }
    const { status, body } = await send('POST /orders/{orderId}/cancellation', {
      path,
      body: { version: 4 },
      claims: admin,
    });
    assert.deepEqual([status, body['type']], [409, 'urn:orders:problem:wrong-transition']);
  });

  it('answer a repeated change as the first time', async () => {
    const { create, send } = testService();
    const path = { orderId: String((await create()).body['id']) };
    const change = { path, body: { state: 'confirmed', version: 1 } };
    const first = await send('PUT /orders/{orderId}/state', change);
    assert.deepEqual((await send('PUT /orders/{orderId}/state', change)).body, first.body);
  });

  it('refuse a change to a version that is no longer theirs', async () => {
    const { create, send } = testService();
    const path = { orderId: String((await create()).body['id']) };
    await send('POST /orders/{orderId}/cancellation', { path, body: { version: 1 }, claims: admin });
    const { status, body } = await send('PUT /orders/{orderId}/state', {
      path,
      body: { state: 'confirmed', version: 1 },
    });
    assert.deepEqual([status, body['type']], [409, 'urn:orders:problem:wrong-version']);
  });

  it('refuse a change that another one has overtaken between read and write', async () => {
    const store = memoryOrders();
    const { create, send } = testService({
      orders: { ...store, changeState: async () => 'changed-meanwhile' as const },
    });
    const path = { orderId: String((await create()).body['id']) };
    const { status, body } = await send('PUT /orders/{orderId}/state', {
      path,
      body: { state: 'confirmed', version: 1 },
    });
    assert.deepEqual([status, body['type']], [409, 'urn:orders:problem:wrong-version']);
  });

  it('are cancelled by that operation alone', async () => {
    const { create, send } = testService();
    const path = { orderId: String((await create()).body['id']) };
    const body = { state: 'cancelled', version: 1 };
    assert.equal((await send('PUT /orders/{orderId}/state', { path, body, claims: admin })).status, 400);
  });

  it('are not found when there are none', async () => {
    const { send } = testService();
    const path = { orderId: randomUUID() };
    assert.equal((await send('GET /orders/{orderId}', { path })).status, 404);
    assert.equal(
      (await send('PUT /orders/{orderId}/state', { path, body: { state: 'shipped', version: 1 } })).status,
      404,
    );
  });
});

describe('documents', () => {
  const file = { name: 'invoice 7.pdf', contentType: 'application/pdf', length: 1000, sha256: `${'A'.repeat(43)}=` };

  const attached = async (change: object = {}) => {
    const service = testService();
    const orderId = String((await service.create()).body['id']);
    const attach = (body: object = {}, headers = { 'idempotency-key': randomUUID() }) =>
      service.send('POST /orders/{orderId}/documents', { path: { orderId }, headers, body: { ...file, ...body } });
    return { ...service, orderId, attach, answer: await attach(change) };
  };

  it('are announced, uploaded and downloaded', async () => {
    const { send, orderId, answer, uploaded } = await attached();
    assert.equal(answer.status, 201);
    const { id } = answer.body['document'] as { id: string };
    const route = 'GET /orders/{orderId}/documents/{documentId}';
    const path = { orderId, documentId: id };
    assert.equal((await send(route, { path })).body['type'], 'urn:orders:problem:document-missing');
    uploaded.set(id, { length: 999, contentType: 'application/pdf' });
    assert.equal((await send(route, { path })).body['type'], 'urn:orders:problem:document-differs');
    uploaded.set(id, { length: 1000, contentType: 'application/pdf' });
    assert.equal((await send(route, { path })).status, 200);
    const order = await send('GET /orders/{orderId}', { path: { orderId } });
    assert.deepEqual(order.body['documents'], [answer.body['document']]);
  });

  for (const [change, status] of [
    [{ contentType: 'text/html' }, 400],
    [{ length: 10 * 1024 * 1024 + 1 }, 400],
    [{ length: 1_000_001 }, 413],
    [{ name: '../../etc/passwd' }, 400],
    [{ name: 'a"b.pdf' }, 400],
    [{ length: 0 }, 400],
    [{ sha256: 'short' }, 400],
  ] as const)
    it(`are refused with ${JSON.stringify(change)}`, async () => {
      assert.equal((await attached(change)).answer.status, status);
    });

  it('are one for one key', async () => {
    const { attach } = await attached();
    const headers = { 'idempotency-key': randomUUID() };
    const first = await attach({}, headers);
    assert.deepEqual((await attach({}, headers)).body['document'], first.body['document']);
    assert.equal((await attach({ length: 1 }, headers)).status, 409);
  });

  it('are bounded', async () => {
    const { attach } = await attached();
    for (let count = 1; count < documentsPerOrder; count++) assert.equal((await attach()).status, 201);
    const { status, body } = await attach();
    assert.deepEqual([status, body['type']], [409, 'urn:orders:problem:too-many-documents']);
  });

  it('need an order', async () => {
    const { send } = testService();
    const headers = { 'idempotency-key': randomUUID() };
    const path = { orderId: randomUUID() };
    assert.equal((await send('POST /orders/{orderId}/documents', { path, headers, body: file })).status, 404);
    const document = { ...path, documentId: randomUUID() };
    assert.equal((await send('GET /orders/{orderId}/documents/{documentId}', { path: document })).status, 404);
  });
});
