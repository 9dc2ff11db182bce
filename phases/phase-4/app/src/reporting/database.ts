import { readFileSync } from 'node:fs';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { DatabaseEnvironment } from '../settings/environment.ts';
import type { Tables } from './schema.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface DatabaseOptions {
  readonly environment: Pick<
    DatabaseEnvironment,
    'DATABASE_HOST' | 'DATABASE_PORT' | 'DATABASE_NAME' | 'DATABASE_TLS' | 'DATABASE_CA'
  >;
  /** Asked for every new connection, as RDS changes the password every seven days. */
  readonly credentials: (fresh: boolean) => Promise<Credentials>;
  readonly readOnly?: boolean;
  readonly statementSeconds: number;
}

export interface Database {
  readonly kysely: Kysely<Tables>;
  /** A connection of one's own, for a lock of the session. Release it. */
  connect(): Promise<pg.PoolClient>;
  close(): Promise<void>;
}

/** A function instance serves one event at a time: one connection for it, and one for the lock of migrations. */
export const poolSize = 2;

/** SQLSTATEs of a refused password: RDS may have changed it since the secret was read. */
const refusedPassword = new Set(['28P01', '28000']);

export function openDatabase(options: DatabaseOptions): Database {
  const { environment } = options;
  let current: Credentials | undefined;
  const pool = new pg.Pool({
    host: environment.DATABASE_HOST,
    port: environment.DATABASE_PORT,
    database: environment.DATABASE_NAME,
    max: poolSize,
    connectionTimeoutMillis: 5000,
    // Below the time for which Lambda keeps an idle instance, so that frozen connections are not used again.
    idleTimeoutMillis: 30_000,
    ssl: tls(environment),
    application_name: 'orders',
    statement_timeout: options.statementSeconds * 1000,
    ...(options.readOnly && { options: '-c default_transaction_read_only=on' }),
  });
  // A server that closes an idle connection is no reason to end the process.
  pool.on('error', () => undefined);

  const withCredentials = async (fresh: boolean) => {
    if (fresh || !current) current = await options.credentials(fresh);
    pool.options.user = current.username;
    pool.options.password = current.password;
    return pool.connect();
  };

  const connect = async () => {
    try {
      return await withCredentials(false);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || !refusedPassword.has(error.code ?? '')) throw error;
      return withCredentials(true);
    }
  };

  return {
    kysely: new Kysely<Tables>({ dialect: new PostgresDialect({ pool: { connect, end: () => pool.end() } }) }),
    connect,
    close: () => pool.end(),
  };
}

/** TLS with the server's certificate and name verified, or none. */
export function tls({ DATABASE_TLS, DATABASE_CA }: DatabaseOptions['environment']): pg.ClientConfig['ssl'] {
  if (DATABASE_TLS === 'off') return false;
  const ca = DATABASE_CA === undefined ? undefined : certificates(DATABASE_CA);
  return { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) };
}

function certificates(given: string): string {
  if (given.startsWith('-----BEGIN CERTIFICATE-----')) return given;
  try {
    // eslint-disable-next-line security/detect-non-literal-fs-filename -- the function's own setting, not a caller's
    return readFileSync(given, 'utf8');
  } catch (cause) {
    throw new Error(`DATABASE_CA is neither a certificate in PEM nor a file: ${given}`, { cause });
  }
}
