import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { documentsPerOrder, type Document } from '../../src/documents/document.ts';
import { dynamoOrders } from '../../src/orders/dynamo-orders.ts';
import { NewOrder, placeOrder, type Order } from '../../src/orders/order.ts';
import type { OrderStore } from '../../src/orders/store.ts';
import { draft } from '../support/service.ts';
import { ordersTable, type Table } from '../support/services.ts';

describe('the orders table', () => {
  let table: Table;
  let store: OrderStore;
  let time = Date.parse('2026-11-29T12:00:00.000Z');
  const now = () => new Date(time);
  const key = (name: string = randomUUID(), digest = 'same') => ({ key: name, digest });

  before(async () => {
    table = await ordersTable();
    store = dynamoOrders({ client: table.client, table: table.name, idempotencyHours: 24, now });
  });
  after(() => table.drop());

  const order = (): Order => {
    time += 1000;
    return placeOrder(NewOrder.parse(draft), { id: randomUUID(), now: now().toISOString(), by: 'ada' });
  };
  const placed = async () => {
    const one = order();
    assert.deepEqual(await store.create(one, key()), { made: one });
    return one;
  };
  const document = (orderId: string): Document => ({
    id: randomUUID(),
    orderId,
    name: 'a.pdf',
    contentType: 'application/pdf',
    length: 10,
    sha256: `${'A'.repeat(43)}=`,
    createdAt: now().toISOString(),
    createdBy: 'ada',
  });

  it('keeps an order as it was placed', async () => {
    const one = await placed();
    assert.deepEqual(await store.get(one.id), { order: one, documents: [] });
    assert.equal(await store.get(randomUUID()), undefined);
  });

  it('answers a repeated key with the first order, also after that has changed', async () => {
    const [first, second] = [order(), order()];
    const once = key();
    await store.create(first, once);
    await store.changeState(first, 'confirmed', now().toISOString());
    assert.deepEqual(await store.create(second, once), { before: first });
    assert.equal(await store.get(second.id), undefined);
  });

  it('tells a key that was used for something else', async () => {
    const once = key();
    await store.create(order(), once);
    assert.deepEqual(await store.create(order(), { ...once, digest: 'other' }), { reused: true });
  });

  it('makes one order of ten requests at the same time', async () => {
    const once = key();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => store.create(order(), once)));
    assert.equal(outcomes.filter((outcome) => 'made' in outcome).length, 1);
    const ids = outcomes.map((outcome) =>
      'made' in outcome ? outcome.made.id : 'before' in outcome && outcome.before.id,
    );
    assert.equal(new Set(ids).size, 1);
  });

  it('takes a key again after it has expired', async () => {
    const once = key();
    await store.create(order(), once);
    time += 25 * 3_600_000;
    assert.ok('made' in (await store.create(order(), once)));
  });

  it('changes a state once for one version', async () => {
    const one = await placed();
    const changes = await Promise.all(
      (['confirmed', 'cancelled', 'confirmed', 'cancelled'] as const).map((to) =>
        store.changeState(one, to, now().toISOString()),
      ),
    );
    const made = changes.filter((change) => change !== 'changed-meanwhile');
    assert.equal(made.length, 1);
    assert.deepEqual((await store.get(one.id))?.order, made[0]);
    assert.equal(made[0]?.version, 2);
  });

  it('lists a state newest first, a page at a time', async () => {
    const confirmed: string[] = [];
    for (let count = 0; count < 5; count++) {
      const one = await placed();
      await store.changeState(one, 'confirmed', now().toISOString());
      await store.changeState({ ...one, state: 'confirmed', version: 2 }, 'shipped', now().toISOString());
      confirmed.unshift(one.id);
    }
    const seen: string[] = [];
    let after: Readonly<Record<string, string>> | undefined;
    do {
      const page = await store.list({ state: 'shipped', limit: 2, after });
      assert.ok(page.orders.length <= 2);
      seen.push(...page.orders.map(({ id }) => id));
      after = page.next;
    } while (after);
    assert.deepEqual(seen, confirmed);
  });

  it('keeps documents with their order', async () => {
    const one = await placed();
    const attached = document(one.id);
    const once = key();
    assert.deepEqual(await store.attach(attached, once), { made: attached });
    assert.deepEqual(await store.attach(document(one.id), once), { before: attached });
    assert.deepEqual(await store.getDocument(one.id, attached.id), attached);
    assert.equal(await store.getDocument(one.id, randomUUID()), undefined);
    assert.deepEqual(await store.get(one.id), { order: one, documents: [attached] });
  });

  it('refuses a document without an order, and one too many, and keeps neither the key', async () => {
    const once = key();
    const orphan = document(randomUUID());
    assert.equal(await store.attach(orphan, once), 'refused');
    assert.equal(await store.getDocument(orphan.orderId, orphan.id), undefined);
    const one = await placed();
    assert.deepEqual(Object.keys(await store.attach(document(one.id), once)), ['made']);
    for (let count = 1; count < documentsPerOrder; count++) await store.attach(document(one.id), key());
    assert.equal(await store.attach(document(one.id), key()), 'refused');
  });
});
