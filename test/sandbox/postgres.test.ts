import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres, type Postgres } from '../support/postgres.ts';
import { listeners } from '../support/listeners.ts';
import { freePort } from '../support/sandbox.ts';

describe("the sandbox's PostgreSQL", function () {
  this.timeout(120_000);

  describe('without a folder of its own', () => {
    let postgres: Postgres;

    before(async () => {
      postgres = await startPostgres({ port: await freePort() });
    });

    after(() => postgres.stop());

    it('is the version that the templates ask RDS for, over TLS that a client can verify', async () => {
      const client = await connect(postgres);
      const { rows } = await client.query<{ version: string; ssl: boolean }>(
        "SELECT current_setting('server_version') AS version, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
      );
      await client.end();
      assert.deepEqual(rows, [{ version: '17.9', ssl: true }]);
    });

    it('refuses a connection without TLS, a wrong password, and a certificate that another authority is asked for', async () => {
      const { host, port, user, password, database } = postgres;
      const refused = async (options: object, reason: RegExp) => {
        await assert.rejects(new Client({ host, port, user, password, database, ...options }).connect(), reason);
      };
      await refused({}, /no encryption/);
      await refused(
        { ssl: { ca: await readFile(postgres.caFile) }, password: 'wrong' },
        /password authentication failed/,
      );
      await refused({ ssl: true }, /self-signed certificate|unable to (get|verify)/);
    });

    it('listens on this machine alone', async () => {
      assert.deepEqual(await listeners(postgres.pid), [`127.0.0.1:${postgres.port}`]);
    });

    it('bounds its connections', async () => {
      const client = await connect(postgres);
      const { rows } = await client.query<{ most: string }>("SELECT current_setting('max_connections') AS most");
      await client.end();
      assert.deepEqual(rows, [{ most: '30' }]);
    });
  });

  describe('with a folder', () => {
    let folder: string;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'phasegate-test-'));
      // Where the tests run as root, PostgreSQL runs as another user.
      await chmod(folder, 0o711);
      process.env['TMPDIR'] = folder;
    });

    afterEach(async () => {
      delete process.env['TMPDIR'];
      await rm(folder, { recursive: true, force: true });
    });

    it('leaves nothing in the temporary folder', async () => {
      const postgres = await startPostgres({ port: await freePort() });
      assert.equal((await readdir(folder)).length, 1);
      await postgres.stop();
      assert.deepEqual(await readdir(folder), []);
    });

    it('keeps what has been committed there, though it was killed, and its password', async () => {
      const options = { port: await freePort(), stateDir: join(folder, 'state') };
      const first = await startPostgres(options);
      const client = await connect(first);
      client.on('error', () => {});
      await client.query('CREATE TABLE orders (id text); INSERT INTO orders VALUES ($$one$$)');
      process.kill(first.pid, 'SIGKILL');
      await first.ended;

      const second = await startPostgres(options);
      assert.equal(second.password, first.password);
      const again = await connect(second);
      assert.deepEqual((await again.query('SELECT id FROM orders')).rows, [{ id: 'one' }]);
      await again.end();
      await second.stop();
    });
  });
});

async function connect({ host, port, user, password, database, caFile }: Postgres): Promise<Client> {
  const client = new Client({ host, port, user, password, database, ssl: { ca: await readFile(caFile, 'utf8') } });
  await client.connect();
  return client;
}
