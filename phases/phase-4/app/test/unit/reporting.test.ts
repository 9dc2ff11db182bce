import assert from 'node:assert/strict';
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { logger } from '../../src/log.ts';
import { orderItemKey } from '../../src/orders/items.ts';
import { NewOrder, placeOrder, type Order } from '../../src/orders/order.ts';
import { tls } from '../../src/reporting/database.ts';
import { rangeOf, ReportQuery } from '../../src/reporting/report.ts';
import type { Tables } from '../../src/reporting/schema.ts';
import { reportService } from '../../src/reporting/service.ts';
import { streamHandler } from '../../src/reporting/stream.ts';
import { person } from '../support/http.ts';
import { draft, testService } from '../support/service.ts';

/** Compiles queries for PostgreSQL, records them, and answers nothing, or fails. */
function recording(queries: { sql: string; parameters: readonly unknown[] }[], failure?: Error): Kysely<Tables> {
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (database) => new PostgresIntrospector(database),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    log: ({ query: { sql, parameters } }) => {
      queries.push({ sql, parameters });
      if (failure) throw failure;
    },
  });
}

const silent = logger({ level: 'error', now: () => new Date(0), write: () => undefined });

describe('the stream of changed orders', () => {
  const order = placeOrder(NewOrder.parse(draft), {
    id: '7d444840-9dc0-41d1-b245-5ffdce74fad2',
    now: '2026-11-29T12:00:00.000Z',
    by: 'ada',
  });
  const record = (sequence: string, item?: object): DynamoDBRecord => ({
    eventName: item ? 'MODIFY' : 'REMOVE',
    dynamodb: { SequenceNumber: sequence, ...(item && { NewImage: marshall(item) as never }) },
  });
  const item = (change: Partial<Order> & { entity?: string } = {}) => ({
    ...orderItemKey(order.id),
    entity: 'order',
    documents: 0,
    ...order,
    ...change,
  });

  it('is written in one statement, each order once in its latest version', async () => {
    const queries: { sql: string; parameters: readonly unknown[] }[] = [];
    const handle = streamHandler({ database: recording(queries), log: silent });
    const Records = [
      record('1', item()),
      record('2', item({ state: 'confirmed', version: 2 })),
      record('3'),
      record('4', item()),
    ];
    assert.deepEqual(await handle({ Records }), { batchItemFailures: [] });
    assert.equal(queries.length, 1);
    assert.match(queries[0]?.sql ?? '', /on conflict .* where "reported_orders"\."version" < "excluded"\."version"/);
    assert.deepEqual(queries[0]?.parameters.slice(0, 5), [order.id, 'confirmed', 'EUR', 39500, 2]);
  });

  it('passes over documents and keys', async () => {
    const queries: { sql: string; parameters: readonly unknown[] }[] = [];
    const handle = streamHandler({ database: recording(queries), log: silent });
    await handle({ Records: [record('1', { pk: 'ONCE#1', sk: 'ONCE', entity: 'once' })] });
    assert.deepEqual(queries, []);
  });

  it('stops at what is no order of this release, having written what stands before', async () => {
    const queries: { sql: string; parameters: readonly unknown[] }[] = [];
    const handle = streamHandler({ database: recording(queries), log: silent });
    const odd = item({ state: 'teleported' as never });
    const result = await handle({ Records: [record('1', item()), record('2', odd), record('3', item())] });
    assert.deepEqual(result, { batchItemFailures: [{ itemIdentifier: '2' }] });
    assert.equal(queries.length, 1);
  });

  it('asks for the whole batch again when the database fails', async () => {
    const handle = streamHandler({ database: recording([], new Error('gone')), log: silent });
    const result = await handle({ Records: [record('1', item()), record('2', item())] });
    assert.deepEqual(result, { batchItemFailures: [{ itemIdentifier: '1' }] });
  });
});

describe('the report', () => {
  const query = { from: '2026-11-01', days: '29' };
  const report = (database: Kysely<Tables>) =>
    testService({ more: reportService(database) }).send('GET /reports/orders', { query, claims: person('admin') });

  it('asks for the days, in UTC', async () => {
    const queries: { sql: string; parameters: readonly unknown[] }[] = [];
    const { status, body } = await report(recording(queries));
    assert.deepEqual([status, body], [200, { from: '2026-11-01', to: '2026-11-29', rows: [] }]);
    assert.deepEqual(queries[0]?.parameters, ['2026-11-01', '2026-11-29']);
  });

  for (const [what, failure, status] of [
    ['refuses connections', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }), 503],
    ['does not answer', new Error('timeout exceeded when trying to connect'), 503],
    ['has restarted', new Error('Connection terminated unexpectedly'), 503],
    ['starts', Object.assign(new Error('starting up'), { code: '57P03' }), 503],
    ['lacks the table', Object.assign(new Error('relation does not exist'), { code: '42P01' }), 500],
  ] as const)
    it(`is answered with ${status} when the database ${what}`, async () => {
      const answer = await report(recording([], failure));
      assert.equal(answer.status, status);
      assert.doesNotMatch(JSON.stringify(answer.body), /ECONN|relation does|starting/);
    });

  for (const [from, days, expected] of [
    ['2026-11-29', '1', { from: '2026-11-29', to: '2026-11-29' }],
    ['2026-08-30', '92', { from: '2026-08-30', to: '2026-11-29' }],
    ['0000-01-01', '92', { from: '0001-01-01', to: '0001-01-01' }],
    ['9999-12-30', '92', { from: '9999-12-30', to: '9999-12-31' }],
    ['2026-11-29', '0', undefined],
    ['2026-11-29', '93', undefined],
    ['2026-11-29', '1e1', undefined],
    ['2026-02-30', '1', undefined],
    ['yesterday', '1', undefined],
  ] as const)
    it(`${expected ? 'takes' : 'refuses'} ${days} days from ${from}`, () => {
      const { data } = ReportQuery.safeParse({ from, days });
      assert.deepEqual(data && rangeOf(data), expected);
    });
});

describe('TLS to the database', () => {
  const environment = { DATABASE_HOST: 'db', DATABASE_PORT: 5432, DATABASE_NAME: 'a' };
  const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';

  it('verifies, with own certificates if there are any', () => {
    const verify = { rejectUnauthorized: true, minVersion: 'TLSv1.2' };
    assert.deepEqual(tls({ ...environment, DATABASE_TLS: 'verify', DATABASE_CA: undefined }), verify);
    assert.deepEqual(tls({ ...environment, DATABASE_TLS: 'verify', DATABASE_CA: pem }), { ...verify, ca: pem });
    assert.equal(tls({ ...environment, DATABASE_TLS: 'off', DATABASE_CA: undefined }), false);
  });

  it('says which file it does not find', () => {
    const missing = { ...environment, DATABASE_TLS: 'verify', DATABASE_CA: '/no/such.pem' } as const;
    assert.throws(() => tls(missing), /DATABASE_CA is neither a certificate in PEM nor a file: \/no\/such\.pem/);
  });
});
