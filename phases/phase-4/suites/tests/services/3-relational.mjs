import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { assertProblem, call, done, eventually } from '../support/api.mjs';
import { advance, cancel, place } from '../support/orders.mjs';
import { once, tokenOf } from '../support/people.mjs';
import { invoke, LARGE, LARGE_LINES, reported } from '../support/stores.mjs';

const status = () => once('status of the migrations', () => invoke(process.env.MIGRATE_FUNCTION, { action: 'status' }));
const report = async (query) => call('reportOrders', { token: await tokenOf('admin'), query });

describe('rows of the relational store', () => {
  it('a row arrives with the sum of its order', async () => {
    const before = await reported('cancelled', 'EUR');
    await cancel(await place({ lines: LARGE_LINES }));
    await eventually(async () => (await reported('cancelled', 'EUR')).total >= before.total + LARGE, 'the row');
  });

  it('a row follows its order through all states', async () => {
    const before = await reported('delivered', 'EUR');
    await advance(await place({ lines: LARGE_LINES }), 'confirmed', 'shipped', 'delivered');
    await eventually(async () => (await reported('delivered', 'EUR')).total >= before.total + LARGE, 'the row');
  });

  it('rows are of days, states and currencies, each once', async () => {
    const from = new Date(Date.now() - 91 * 86_400_000).toISOString().slice(0, 10);
    const { rows } = await done('reportOrders', { token: await tokenOf('admin'), query: { from, days: '92' } });
    const keys = rows.map(({ day, state, currency }) => `${day} ${state} ${currency}`);
    assert.deepEqual(keys, [...new Set(keys)].sort());
  });

  for (const [query, expected] of [
    [
      { from: '2026-08-30', days: '92' },
      { from: '2026-08-30', to: '2026-11-29' },
    ],
    [
      { from: '2024-02-28', days: '2' },
      { from: '2024-02-28', to: '2024-02-29' },
    ],
    [
      { from: '9999-12-30', days: '92' },
      { from: '9999-12-30', to: '9999-12-31' },
    ],
  ])
    it(`the days of ${query.days} from ${query.from} are those of the calendar`, async () => {
      const { status: found, body } = await report(query);
      assert.deepEqual([found, body.from, body.to], [200, expected.from, expected.to]);
    });

  for (const query of [
    { from: '2026-11-01', days: '93' },
    { from: '2026-11-01', days: '0' },
    { from: '2026-02-30', days: '1' },
    { from: "2026-11-01' or '1'='1", days: '1' },
    { days: '1' },
  ])
    it(`the query ${JSON.stringify(query)} is refused`, async () => {
      assertProblem(await report(query), 400, 'invalid-request');
    });
});

describe('migrations of the relational store', () => {
  it('all are applied, those of the release that runs', async () => {
    const { ok, done: finished, release, schema } = await status();
    assert.deepEqual([ok, finished, release], [true, true, process.env.RELEASE]);
    assert.ok(schema.length >= 3);
    assert.deepEqual(new Set(schema.map(({ state }) => state)), new Set(['already-applied']));
  });

  it('the orders of before have been copied', async () => {
    const { data } = await status();
    assert.deepEqual(
      data.map(({ name, state }) => [name, state]),
      [['backfill-reported-orders', 'already-done']],
    );
  });

  it('the function refuses what is no action', async () => {
    const answer = await invoke(process.env.MIGRATE_FUNCTION, { action: 'drop' });
    assert.deepEqual([answer.ok, answer.problem.code], [false, 'bad-request']);
  });
});
