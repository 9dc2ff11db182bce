import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { sql } from 'kysely';
import { logger } from '../../src/log.ts';
import { backfillOrders } from '../../src/migrations/backfill.ts';
import type { DataMigration } from '../../src/migrations/data.ts';
import { migrations, type SqlMigration } from '../../src/migrations/migrations.ts';
import { migrateUp, migrationStatus, type RunnerOptions } from '../../src/migrations/runner.ts';
import { onceItemKey, orderItemKey } from '../../src/orders/items.ts';
import { NewOrder, placeOrder } from '../../src/orders/order.ts';
import type { Database } from '../../src/reporting/database.ts';
import { projectOrders } from '../../src/reporting/projection.ts';
import { draft } from '../support/service.ts';
import { emptyDatabase, ordersTable, type Table, type TestDatabase } from '../support/services.ts';

describe('migrations of a real database', () => {
  let server: TestDatabase;
  let database: Database;

  beforeEach(async () => {
    server = await emptyDatabase();
    database = server.open();
  });
  afterEach(async () => {
    await database.close();
    await server.drop();
  });

  const runner = (change: Partial<RunnerOptions> = {}): RunnerOptions => ({
    database,
    release: 'r1',
    schema: migrations,
    data: [],
    log: logger({ level: 'error', now: () => new Date(0), write: () => undefined }),
    now: () => new Date('2026-11-29T12:00:00.000Z'),
    hasTime: () => true,
    lockSeconds: 5,
    ...change,
  });
  const tables = async () => {
    const { rows } = await sql<{ name: string }>`select table_name as name from information_schema.tables
      where table_schema = 'public' order by 1`.execute(database.kysely);
    return rows.map(({ name }) => name);
  };
  const states = (rows: readonly { readonly name: string; readonly state: string }[]) =>
    Object.fromEntries(rows.map(({ name, state }) => [name.slice(0, 4), state]));
  const create = (table: string): SqlMigration['statements'] => [`create table ${table} (id integer)`];

  it('are told without changing anything, applied, told again, and safe to repeat', async () => {
    const before = await migrationStatus(runner());
    assert.deepEqual(states(before.schema), { '0001': 'pending', '0002': 'pending', '0003': 'pending' });
    assert.deepEqual([before.ok, before.done, await tables()], [true, false, []]);
    const applied = await migrateUp(runner());
    assert.deepEqual(states(applied.schema), { '0001': 'applied', '0002': 'applied', '0003': 'applied' });
    assert.deepEqual([applied.ok, applied.done], [true, true]);
    assert.ok((await tables()).includes('reported_orders'));
    for (const result of [await migrationStatus(runner()), await migrateUp(runner())]) {
      assert.deepEqual(states(result.schema), {
        '0001': 'already-applied',
        '0002': 'already-applied',
        '0003': 'already-applied',
      });
      assert.equal(result.done, true);
    }
  });

  it('leave nothing of a batch in which one fails, say which, and go on after the mend', async () => {
    const good = [...migrations, { name: '0004-good', statements: create('good') }];
    const bad = { name: '0005-bad', statements: [...create('half'), 'alter table good add column x missing_type'] };
    const last = { name: '0006-last', statements: create('last') };
    await migrateUp(runner());
    const result = await migrateUp(runner({ schema: [...good, bad, last] }));
    assert.deepEqual(states(result.schema.slice(3)), { '0004': 'rolled-back', '0005': 'failed', '0006': 'not-run' });
    assert.equal(result.ok, false);
    const error = 'statement 2 of 2: type "missing_type" does not exist (42704)';
    assert.equal(result.schema[4]?.error, error);
    assert.deepEqual(result.problem, {
      code: 'failed',
      message: `0005-bad failed, and nothing of this batch was applied: ${error}`,
    });
    for (const table of ['good', 'half', 'last']) assert.ok(!(await tables()).includes(table), table);
    const mended = { ...bad, statements: create('half') };
    const after = await migrateUp(runner({ schema: [...good, mended, last] }));
    assert.deepEqual(states(after.schema.slice(3)), { '0004': 'applied', '0005': 'applied', '0006': 'applied' });
  });

  it('refuse to run, and to be told, after a released one was edited', async () => {
    await migrateUp(runner());
    const [first, ...rest] = migrations;
    assert.ok(first);
    const edited = [{ ...first, statements: [...first.statements, 'select 1'] }, ...rest];
    const more = { name: '0004-more', statements: create('more') };
    for (const run of [migrateUp, migrationStatus]) {
      const { ok, problem } = await run(runner({ schema: [...edited, more] }));
      assert.deepEqual([ok, problem?.code], [false, 'drift']);
      assert.match(
        problem?.message ?? '',
        /^0001-reported-orders has been changed since it was applied .*Nothing was run/,
      );
    }
    assert.ok(!(await tables()).includes('more'));
  });

  it('refuse a release that is older than the database', async () => {
    await migrateUp(runner());
    const { problem } = await migrateUp(runner({ schema: migrations.slice(0, 2) }));
    assert.equal(problem?.code, 'drift');
    assert.match(problem.message, /0003-data-migrations has been applied, but this release does not have it/);
  });

  it('run once when two runners start at the same time', async () => {
    const other = server.open();
    try {
      const results = await Promise.all([migrateUp(runner()), migrateUp(runner({ database: other }))]);
      assert.deepEqual(
        results.map(({ ok, done }) => [ok, done]),
        [
          [true, true],
          [true, true],
        ],
      );
      const how = results.map(({ schema }) => schema[0]?.state).sort();
      assert.deepEqual(how, ['already-applied', 'applied']);
    } finally {
      await other.close();
    }
  });

  it('refuse to wait for ever for another run', async () => {
    const holder = await database.connect();
    const other = server.open();
    try {
      await holder.query('select pg_advisory_lock(4202026)');
      const { ok, problem } = await migrateUp(runner({ database: other, lockSeconds: 1 }));
      assert.deepEqual([ok, problem?.code], [false, 'locked']);
      assert.deepEqual(await tables(), []);
    } finally {
      await holder.query('select pg_advisory_unlock_all()');
      holder.release();
      await other.close();
    }
    assert.equal((await migrateUp(runner())).ok, true);
  });

  it('say that a database cannot be reached', async () => {
    const away = server.open({
      environment: {
        DATABASE_HOST: '127.0.0.1',
        DATABASE_PORT: 1,
        DATABASE_NAME: 'x',
        DATABASE_TLS: 'off',
        DATABASE_CA: undefined,
      },
    });
    for (const run of [migrateUp, migrationStatus])
      assert.equal((await run(runner({ database: away }))).problem?.code, 'unreachable');
    await away.close();
  });

  describe('that move orders', () => {
    let table: Table;
    const placed = 23;

    before(async () => {
      table = await ordersTable();
      const put = (item: object) => table.client.send(new PutCommand({ TableName: table.name, Item: { ...item } }));
      for (let count = 0; count < placed; count++) {
        const order = placeOrder(NewOrder.parse(draft), { id: randomUUID(), now: new Date().toISOString(), by: 'ada' });
        await put({ ...orderItemKey(order.id), entity: 'order', documents: 0, ...order });
      }
      await put({ ...onceItemKey('a key'), entity: 'once' });
    });
    after(() => table.drop());

    const backfill = () => backfillOrders(table.client, table.name, 10);
    const rows = async () => {
      const { count } = await database.kysely
        .selectFrom('reported_orders')
        .select(({ fn }) => fn.countAll<string>().as('count'))
        .executeTakeFirstOrThrow();
      return Number(count);
    };

    it('move every order, once', async () => {
      const result = await migrateUp(runner({ data: [backfill()] }));
      assert.deepEqual(result.data, [{ name: 'backfill-reported-orders', state: 'done', rows: placed }]);
      assert.equal(await rows(), placed);
      const again = await migrateUp(runner({ data: [backfill()] }));
      assert.deepEqual(again.data, [{ name: 'backfill-reported-orders', state: 'already-done', rows: placed }]);
    });

    it('stop when time runs out, and go on from the next page', async () => {
      let pages = 0;
      const first = await migrateUp(runner({ data: [backfill()], hasTime: () => ++pages <= 2 }));
      assert.deepEqual([first.ok, first.done, first.data[0]?.state], [true, false, 'in-progress']);
      const moved = await rows();
      assert.ok(moved > 0 && moved < placed, `${moved} rows`);
      assert.equal((await migrationStatus(runner({ data: [backfill()] }))).data[0]?.rows, moved);
      const second = await migrateUp(runner({ data: [backfill()] }));
      assert.deepEqual([second.done, second.data[0]?.rows, await rows()], [true, placed, placed]);
    });

    it('keep the pages before a failure, nothing of the page that failed, and go on after the mend', async () => {
      const failing: DataMigration = {
        ...backfill(),
        async read(next) {
          const page = await backfill().read(next);
          return {
            ...page,
            async write(transaction) {
              const written = await page.write(transaction);
              if (next !== undefined) await sql`select 1 / 0`.execute(transaction);
              return written;
            },
          };
        },
      };
      const result = await migrateUp(runner({ data: [failing, { ...backfill(), name: 'next' }] }));
      assert.deepEqual([result.ok, result.problem?.code], [false, 'failed']);
      assert.match(result.problem?.message ?? '', /failed after \d+ rows, which stay; .*division by zero \(22012\)/);
      assert.equal(result.data[1]?.state, 'not-run');
      assert.equal(await rows(), result.data[0]?.rows);
      const after = await migrateUp(runner({ data: [backfill()] }));
      assert.deepEqual([after.done, await rows()], [true, placed]);
    });

    it('begin again with a new revision', async () => {
      await migrateUp(runner({ data: [backfill()] }));
      await sql`delete from reported_orders`.execute(database.kysely);
      const result = await migrateUp(runner({ data: [{ ...backfill(), revision: 2 }] }));
      assert.deepEqual([result.data[0]?.state, await rows()], ['done', placed]);
    });

    it('do not undo what the stream has written meanwhile', async () => {
      const order = placeOrder(NewOrder.parse(draft), { id: randomUUID(), now: new Date().toISOString(), by: 'ada' });
      await migrateUp(runner());
      await projectOrders(database.kysely, [{ ...order, state: 'shipped', version: 3 }]);
      await projectOrders(database.kysely, [order]);
      const row = await database.kysely
        .selectFrom('reported_orders')
        .select('state')
        .where('order_id', '=', order.id)
        .executeTakeFirst();
      assert.equal(row?.state, 'shipped');
    });

    it('name the item that is no order', async () => {
      const key = orderItemKey(randomUUID());
      const other = await ordersTable();
      try {
        await other.client.send(
          new PutCommand({ TableName: other.name, Item: { ...key, entity: 'order', state: 'lost' } }),
        );
        const { problem } = await migrateUp(runner({ data: [backfillOrders(other.client, other.name)] }));
        assert.ok(problem?.message.includes(`item ${key.pk} of ${other.name} is no order of this release`));
      } finally {
        await other.drop();
      }
    });
  });
});
