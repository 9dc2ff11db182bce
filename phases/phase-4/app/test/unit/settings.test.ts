import assert from 'node:assert/strict';
import {
  DatabaseEnvironment,
  MigrationEnvironment,
  OrdersEnvironment,
  readEnvironment,
} from '../../src/settings/environment.ts';
import { CursorSecret, DatabaseSecret, readJson, Settings } from '../../src/settings/settings.ts';
import { kept, readParameter, readSecret } from '../../src/settings/sources.ts';
import { settings } from '../support/service.ts';

describe('settings', () => {
  it('are read as they are written', () => {
    assert.deepEqual(readJson(Settings, 'parameter /x', JSON.stringify(settings)), settings);
  });

  const { pageSize: _, ...lacking } = settings;
  for (const [what, value, message] of [
    ['a missing key', lacking, /parameter \/x does not follow its schema: pageSize: /],
    ['an unknown key', { ...settings, pagesize: 5 }, /Unrecognized key: "pagesize"/],
    [
      'an unknown key deep inside',
      { ...settings, documents: { ...settings.documents, max: 5 } },
      /documents: Unrecognized key: "max"/,
    ],
    ['a value out of bounds', { ...settings, pageSize: 1000 }, /pageSize: /],
  ] as const)
    it(`are refused with ${what}`, () => {
      assert.throws(() => readJson(Settings, 'parameter /x', JSON.stringify(value)), { message });
    });

  it('are refused when they are no JSON', () => {
    assert.throws(() => readJson(Settings, 'parameter /x', '{'), { message: 'parameter /x is not JSON' });
    assert.throws(() => readJson(Settings, 'parameter /x', undefined), { message: 'parameter /x is not JSON' });
  });

  it('never show a secret in an error', () => {
    const given = JSON.stringify({ key: 'tooshort', password: 'hunter2' });
    for (const schema of [CursorSecret, DatabaseSecret])
      assert.throws(
        () => readJson(schema, 'secret s', given),
        (error: Error) => !/tooshort|hunter2/.test(error.message),
      );
  });

  it('come from a parameter and a secret', async () => {
    const ssm = { send: async () => ({ Parameter: { Value: JSON.stringify(settings) } }) };
    const secrets = { send: async () => ({ SecretString: '{"username":"u","password":"p","engine":"postgres"}' }) };
    assert.deepEqual(await readParameter(ssm as never, '/x', Settings), settings);
    assert.deepEqual(await readSecret(secrets as never, 'arn', DatabaseSecret), { username: 'u', password: 'p' });
  });

  it('are kept once they are read, and read again after a failure', async () => {
    let calls = 0;
    const read = kept(async () => {
      if (++calls === 1) throw new Error('throttled');
      return calls;
    });
    await assert.rejects(read(), /throttled/);
    assert.deepEqual([await read(), await read(), calls], [2, 2, 2]);
  });
});

describe('environment variables', () => {
  const database = {
    RELEASE: 'r1',
    DATABASE_SECRET_ARN: 'arn',
    DATABASE_HOST: 'db.example',
    DATABASE_PORT: '5432',
    DATABASE_NAME: 'application',
  };

  it('of the database are read', () => {
    const read = readEnvironment(DatabaseEnvironment, { ...database, DATABASE_CA: '' });
    assert.deepEqual(
      [read.DATABASE_PORT, read.DATABASE_TLS, read.DATABASE_CA, read.LOG_LEVEL],
      [5432, 'verify', undefined, 'info'],
    );
  });

  it('that are missing are all named', () => {
    assert.throws(() => readEnvironment(OrdersEnvironment, { RELEASE: 'r1' }), {
      message: /TABLE_NAME: .*DOCUMENTS_BUCKET: .*SETTINGS_PARAMETER: .*CURSOR_SECRET_ARN: /,
    });
    assert.throws(() => readEnvironment(MigrationEnvironment, database), { message: /TABLE_NAME/ });
  });

  it('switch TLS off for a database on the same machine alone', () => {
    const off = { ...database, DATABASE_TLS: 'off' };
    assert.equal(readEnvironment(DatabaseEnvironment, { ...off, DATABASE_HOST: '127.0.0.1' }).DATABASE_TLS, 'off');
    for (const host of ['db.example', '127.0.0.1.example', '10.0.0.5'])
      assert.throws(() => readEnvironment(DatabaseEnvironment, { ...off, DATABASE_HOST: host }), /without TLS/);
  });
});
