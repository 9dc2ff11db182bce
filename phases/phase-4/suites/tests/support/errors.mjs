/** Provokes the errors that openapi.json documents, each by its name: operation, status, kind of problem. */
import { randomUUID } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { call } from './api.mjs';
import { operations } from './contract.mjs';
import { advance, announce, announcement, attach, content, draft, place } from './orders.mjs';
import { once, tokenOf } from './people.mjs';
import { bucket, invoke } from './stores.mjs';

/** Errors that no request of a client provokes, by a part of their names. */
export const NOT_PROVOKED = {
  ' 429 ': 'the gateway throttles; a test that sends as much would disturb others, and the emulator throttles nothing',
  ' 503 ':
    'a store would have to be stopped, or to refuse six writes of one order in a row; unit tests of the service do that',
};

const ORDER = { orderId: '0a54b6a1-9b3a-4f0e-8a53-1df00d5f27c1' };
const DOCUMENT = { ...ORDER, documentId: '5b1cbb0e-6f3b-4f1c-9d60-7d0d0a6c2f11' };
const TOO_LARGE = ' '.repeat(70_000);

/** A request to each operation that gets past the gateway, and finds nothing. */
const requests = {
  createOrder: { body: {} },
  listOrders: { query: { state: 'lost' } },
  getOrder: { path: ORDER },
  advanceOrder: { path: ORDER, body: { state: 'confirmed', version: 1 } },
  cancelOrder: { path: ORDER, body: { version: 1 } },
  attachDocument: { path: ORDER, body: announcement(Buffer.from('x')) },
  getDocument: { path: DOCUMENT },
  reportOrders: { query: { from: '2026-11-01', days: '93' } },
};

const asAdmin = async (id, change = {}) => call(id, { token: await tokenOf('admin'), ...requests[id], ...change });
const ids = Object.keys(requests);
const named = (names, status, kind, provoke) =>
  Object.fromEntries(names.map((id) => [`${id} ${status} ${kind}`, () => provoke(id)]));
const change = async ({ id }, operationId, body) => asAdmin(operationId, { path: { orderId: id }, body });

/** The operation without the claims that the gateway has verified: it fails, as nobody comes past the gateway. */
async function failed(id) {
  const { method, path } = operations[id];
  const result = await invoke(process.env[id === 'reportOrders' ? 'REPORTS_FUNCTION' : 'ORDERS_FUNCTION'], {
    version: '2.0',
    routeKey: `${method} ${path}`,
    rawPath: path,
    headers: {},
    requestContext: { requestId: randomUUID(), http: { method, path } },
  });
  return { status: result.statusCode, headers: new globalThis.Headers(result.headers), body: JSON.parse(result.body) };
}

/** An order that has as many documents as it may have. */
const full = () =>
  once('an order with twenty documents', async () => {
    const order = await place();
    for (let count = 0; count < 20; count++) await announce(order, content());
    return order;
  });

async function documentThat(is) {
  const order = await place();
  const { id } = is === 'missing' ? (await announce(order, content())).document : await attach(order);
  if (is === 'another') {
    const { client, Bucket } = bucket();
    const Key = `documents/${order.id}/${id}`;
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'another', ContentType: 'application/pdf' }));
  }
  return asAdmin('getDocument', { path: { orderId: order.id, documentId: id } });
}

const keyReused = async (operationId, path, bodies) => {
  const key = randomUUID();
  await asAdmin(operationId, { path, body: bodies[0], key });
  return asAdmin(operationId, { path, body: bodies[1], key });
};

const invalid = {
  getOrder: { path: { orderId: 'x' } },
  advanceOrder: { body: { state: 'cancelled', version: 1 } },
  cancelOrder: { body: { version: 0 } },
  attachDocument: { body: { ...requests.attachDocument.body, name: '../../etc/passwd' } },
  getDocument: { path: { ...ORDER, documentId: 'x' } },
};

export const provoked = {
  ...named(ids, 400, 'invalid-request', (id) => asAdmin(id, invalid[id])),
  ...named(ids, 401, 'by the gateway', (id) => asAdmin(id, { token: undefined })),
  ...named(ids, 403, 'forbidden', async (id) => asAdmin(id, { token: await tokenOf('a person in no group') })),
  ...named(['getOrder', 'advanceOrder', 'cancelOrder', 'attachDocument', 'getDocument'], 404, 'not-found', (id) =>
    asAdmin(id),
  ),
  'listOrders 404 unknown-cursor': () => asAdmin('listOrders', { query: { state: 'placed', cursor: 'a.b' } }),
  'createOrder 409 key-reused': () => keyReused('createOrder', {}, [draft(), draft({ currency: 'USD' })]),
  'advanceOrder 409 wrong-transition': async () =>
    change(await place(), 'advanceOrder', { state: 'delivered', version: 1 }),
  'advanceOrder 409 wrong-version': async () =>
    change(await place(), 'advanceOrder', { state: 'confirmed', version: 7 }),
  'cancelOrder 409 wrong-transition': async () =>
    change(await advance(await place(), 'confirmed', 'shipped'), 'cancelOrder', { version: 3 }),
  'cancelOrder 409 wrong-version': async () => change(await place(), 'cancelOrder', { version: 7 }),
  'attachDocument 409 key-reused': async () =>
    keyReused('attachDocument', { orderId: (await place()).id }, [announcement(content()), announcement(content())]),
  'attachDocument 409 too-many-documents': async () => change(await full(), 'attachDocument', announcement(content())),
  'getDocument 409 document-missing': () => documentThat('missing'),
  'getDocument 409 document-differs': () => documentThat('another'),
  ...named(['createOrder', 'advanceOrder', 'cancelOrder', 'attachDocument'], 413, 'too-large', (id) =>
    asAdmin(id, { body: TOO_LARGE }),
  ),
  ...named(ids, 500, 'internal', failed),
};
