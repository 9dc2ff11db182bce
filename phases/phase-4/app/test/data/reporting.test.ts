import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { logger } from '../../src/log.ts';
import { migrations } from '../../src/migrations/migrations.ts';
import { migrateUp } from '../../src/migrations/runner.ts';
import { NewOrder, placeOrder, type Order } from '../../src/orders/order.ts';
import type { Database } from '../../src/reporting/database.ts';
import { projectOrders } from '../../src/reporting/projection.ts';
import { ordersByDay } from '../../src/reporting/reports.ts';
import { draft } from '../support/service.ts';
import { emptyDatabase, type TestDatabase } from '../support/services.ts';

describe('the relational store', () => {
  let server: TestDatabase;
  let database: Database;

  before(async () => {
    server = await emptyDatabase();
    database = server.open();
    const result = await migrateUp({
      database,
      release: 'r1',
      schema: migrations,
      data: [],
      log: logger({ level: 'error', now: () => new Date(0), write: () => undefined }),
      now: () => new Date(),
      hasTime: () => true,
      lockSeconds: 5,
    });
    assert.deepEqual([result.ok, result.problem], [true, undefined]);
  });
  beforeEach(() => sql`delete from reported_orders`.execute(database.kysely));
  after(async () => {
    await database.close();
    await server.drop();
  });

  const order = (createdAt: string, change: Partial<Order> = {}): Order => ({
    ...placeOrder(NewOrder.parse(draft), { id: randomUUID(), now: createdAt, by: 'ada' }),
    ...change,
  });

  it('adds up orders by day, state and currency', async () => {
    await projectOrders(database.kysely, [
      order('2026-11-28T23:59:59.999Z'),
      order('2026-11-29T00:00:00.000Z'),
      order('2026-11-29T12:00:00.000Z'),
      order('2026-11-29T13:00:00.000Z', { state: 'shipped', version: 3 }),
      order('2026-11-29T14:00:00.000Z', { currency: 'USD' }),
      order('2026-11-30T00:00:00.000Z'),
    ]);
    assert.deepEqual(await ordersByDay(database.kysely, { from: '2026-11-28', to: '2026-11-29' }), [
      { day: '2026-11-28', state: 'placed', currency: 'EUR', orders: 1, total: 39500 },
      { day: '2026-11-29', state: 'placed', currency: 'EUR', orders: 2, total: 79000 },
      { day: '2026-11-29', state: 'placed', currency: 'USD', orders: 1, total: 39500 },
      { day: '2026-11-29', state: 'shipped', currency: 'EUR', orders: 1, total: 39500 },
    ]);
  });

  it('adds up what no integer of 32 bits holds', async () => {
    await projectOrders(database.kysely, [order('2026-11-29T12:00:00.000Z', { total: 500_000_000_000 })]);
    const [row] = await ordersByDay(database.kysely, { from: '2026-11-29', to: '2026-11-29' });
    assert.equal(row?.total, 500_000_000_000);
  });

  it('keeps the highest version of an order, in whichever order they come', async () => {
    const first = order('2026-11-29T12:00:00.000Z');
    const versions = (['placed', 'confirmed', 'shipped'] as const).map((state, at) => ({
      ...first,
      state,
      version: at + 1,
    }));
    for (const one of [versions[1], versions[2], versions[0], versions[2]])
      if (one) await projectOrders(database.kysely, [one]);
    const rows = await database.kysely.selectFrom('reported_orders').select(['state', 'version']).execute();
    assert.deepEqual(rows, [{ state: 'shipped', version: 3 }]);
  });

  it('lets the reports write nothing', async () => {
    const reading = server.open({ readOnly: true });
    await assert.rejects(projectOrders(reading.kysely, [order('2026-11-29T12:00:00.000Z')]), /read-only transaction/);
    await reading.close();
  });

  it('bounds the time of a statement', async () => {
    const hasty = server.open({ statementSeconds: 1 });
    await assert.rejects(sql`select pg_sleep(5)`.execute(hasty.kysely), /statement timeout/);
    await hasty.close();
  });

  it('reads the secret again when the password is refused, as it is after a rotation', async () => {
    const asked: boolean[] = [];
    const right = { username: String(process.env['PGUSER']), password: String(process.env['PGPASSWORD']) };
    const rotated = server.open({
      credentials: async (fresh) => {
        asked.push(fresh);
        return fresh ? right : { ...right, password: 'of last week' };
      },
    });
    await sql`select 1`.execute(rotated.kysely);
    assert.deepEqual(asked, [false, true]);
    await rotated.close();
  });

  it('opens no third connection', async () => {
    const counted = server.open();
    const slow = () => sql`select pg_sleep(0.2)`.execute(counted.kysely);
    const work = Promise.all(Array.from({ length: 6 }, slow));
    const { rows } = await sql<{ open: string }>`select count(*) as open from pg_stat_activity
      where datname = current_database() and application_name = 'orders' and query like '%pg_sleep(0.2)%'`.execute(
      database.kysely,
    );
    await work;
    assert.ok(Number(rows[0]?.open) <= 2, `${rows[0]?.open ?? 'no'} connections`);
    await counted.close();
  });
});
