import assert from 'node:assert/strict';
import { checksumOf, drift } from '../../src/migrations/checksums.ts';
import { migrationHandler } from '../../src/migrations/handler.ts';
import { migrations } from '../../src/migrations/migrations.ts';
import { logger } from '../../src/log.ts';

/** Checksums of what has been released. A migration is added here with its release, and never changed. */
const released = {
  '0001-reported-orders': '6562d87059e9c8819fe298f53c252da7922cca0889d32d793e391b72da1d258f',
  '0002-orders-by-day': 'fca416c3be29cabe626bcf1989d4719ed7a1c92f2ba060a4230256bcbb9c4944',
  '0003-data-migrations': '49f236c88a8c1ad239df4da822c56e3805d38b1489a0f70f7581e044fc806b25',
};

describe('migrations', () => {
  it('that are released stay as they are', () => {
    assert.deepEqual(Object.fromEntries(migrations.map((one) => [one.name, checksumOf(one)])), released);
  });

  it('have names in their order, each once', () => {
    const names = migrations.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)].sort());
    for (const name of names) assert.match(name, /^\d{4}-[a-z-]+$/);
  });

  const one = { name: '0001-a', statements: ['create table a (id int)'] };
  const two = { name: '0002-b', statements: ['create table b (id int)', 'create index on b (id)'] };
  const recorded = (...list: (typeof one)[]) =>
    new Map(list.map((migration) => [migration.name, checksumOf(migration)]));

  it('do not drift when more are to be applied', () => {
    assert.deepEqual(drift([one, two], recorded(one)), []);
    assert.deepEqual(drift([one, two], new Map()), []);
  });

  for (const [what, carried, applied, expected] of [
    [
      'edited',
      [{ ...one, statements: ['create table a (id bigint)'] }, two],
      [one],
      /^0001-a has been changed since it was applied/,
    ],
    ['joined', [one, { ...two, statements: [two.statements.join('; ')] }], [one, two], /^0002-b has been changed/],
    ['missing', [one], [one, two], /^0002-b has been applied, but this release does not have it/],
    ['slipped in', [one, two], [two], /^0001-a would run after 0002-b/],
  ] as const)
    it(`drift when one is ${what}`, () => {
      const [difference = '', ...rest] = drift(carried, recorded(...applied));
      assert.match(difference, expected);
      assert.deepEqual(rest, []);
    });

  for (const event of [undefined, {}, { action: 'down' }, { action: 'up', force: true }, 'up'])
    it(`refuse the event ${JSON.stringify(event)}`, async () => {
      const log = logger({ level: 'error', now: () => new Date(0), write: () => undefined });
      const handler = migrationHandler({
        database: { kysely: undefined as never, connect: () => assert.fail('connected'), close: async () => undefined },
        release: 'r1',
        schema: migrations,
        data: [],
        log,
        now: () => new Date(0),
        lockSeconds: 1,
      });
      const result = await handler(event, () => true);
      assert.deepEqual([result.ok, result.problem?.code], [false, 'bad-request']);
    });
});
