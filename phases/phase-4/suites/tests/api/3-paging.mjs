import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { assertProblem, call, done } from '../support/api.mjs';
import { place } from '../support/orders.mjs';
import { once, tokenOf } from '../support/people.mjs';

/** Pages that are read at most: orders of others may stand between. */
const PAGES = 40;

const page = async (query) => done('listOrders', { token: await tokenOf('viewer'), query });

/** Five orders, and all that the list shows until the oldest of them. */
const walked = () =>
  once('walked pages', async () => {
    const placed = [];
    for (let count = 0; count < 5; count++) placed.push((await place()).id);
    const pages = [];
    let cursor;
    do {
      const { orders, next } = await page({ state: 'placed', limit: '2', ...(cursor && { cursor }) });
      pages.push(orders);
      cursor = next;
    } while (cursor && pages.length < PAGES && !pages.flat().some(({ id }) => id === placed[0]));
    return { placed, pages };
  });

describe('lists of orders, a page at a time', () => {
  it('have every order, newest first', async () => {
    const { placed, pages } = await walked();
    const own = pages
      .flat()
      .map(({ id }) => id)
      .filter((id) => placed.includes(id));
    assert.deepEqual(own, placed.toReversed());
  });

  it('have no order twice', async () => {
    const ids = (await walked()).pages.flat().map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('have pages as long as was asked for', async () => {
    const lengths = (await walked()).pages.slice(0, -1).map(({ length }) => length);
    assert.deepEqual(
      lengths,
      Array.from(lengths, () => 2),
    );
  });

  it('are in the order of time', async () => {
    const times = (await walked()).pages.flat().map(({ createdAt }) => createdAt);
    assert.deepEqual(times, times.toSorted().toReversed());
  });

  it('are as long as the settings say, when nothing is asked for', async () => {
    const { orders } = await page({ state: 'placed' });
    assert.ok(orders.length <= 25, `${orders.length}`);
  });

  it('show the order with its sum, and without its lines', async () => {
    const order = await place();
    const { orders } = await page({ state: 'placed', limit: '50' });
    const summary = Object.fromEntries(Object.entries(order).filter(([name]) => name !== 'lines'));
    assert.deepEqual(
      orders.find(({ id }) => id === order.id),
      summary,
    );
  });
});

describe('cursors of lists', () => {
  const cursor = async () => {
    await place();
    await place();
    return (await page({ state: 'placed', limit: '1' })).next;
  };
  const given = async (query) => call('listOrders', { token: await tokenOf('viewer'), query });

  it('one of another list is refused', async () => {
    assertProblem(await given({ state: 'shipped', cursor: await cursor() }), 404, 'unknown-cursor');
  });

  it('one that was changed is refused', async () => {
    const [content, signature] = (await cursor()).split('.');
    const key = JSON.parse(Buffer.from(content, 'base64url').toString());
    key.at.pk = 'ORDER#another';
    const changed = Buffer.from(JSON.stringify(key)).toString('base64url');
    assertProblem(await given({ state: 'placed', cursor: `${changed}.${signature}` }), 404, 'unknown-cursor');
  });

  it('one that is too long is refused', async () => {
    assertProblem(await given({ state: 'placed', cursor: 'a'.repeat(1025) }), 400, 'invalid-request');
  });
});

describe('queries of lists', () => {
  for (const query of [
    {},
    { state: 'lost' },
    { state: 'placed', limit: '0' },
    { state: 'placed', limit: '101' },
    { state: 'placed', limit: '1e1' },
    { state: 'placed', limit: '' },
    { state: 'placed', unknown: '1' },
  ])
    it(`${JSON.stringify(query)} is refused`, async () => {
      assertProblem(await call('listOrders', { token: await tokenOf('viewer'), query }), 400, 'invalid-request');
    });
});
