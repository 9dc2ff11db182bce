import type { PoolClient } from 'pg';
import type { Log } from '../log.ts';
import type { Database } from '../reporting/database.ts';
import { createChecksumTable, drift, recordedChecksums } from './checksums.ts';
import { dataStatus, moveData, type DataMigration } from './data.ts';
import type { SqlMigration } from './migrations.ts';
import type { MigrationProblem, MigrationResult } from './result.ts';
import { applySchema, schemaStatus, textOf } from './schema.ts';

export interface RunnerOptions {
  readonly database: Database;
  readonly release: string;
  readonly schema: readonly SqlMigration[];
  readonly data: readonly DataMigration[];
  readonly log: Log;
  readonly now: () => Date;
  readonly hasTime: () => boolean;
  /** Time that a second run waits for the first. */
  readonly lockSeconds: number;
}

/** Number of the advisory lock: any number, but the same for all releases. */
const lockNumber = 4_202_026;

const lockNotAvailable = '55P03';

/** Applies what is pending, then moves data. A second run waits, and refuses if the first one takes long. */
export async function migrateUp(options: RunnerOptions): Promise<MigrationResult> {
  return locked(options, async () => {
    const { kysely } = options.database;
    const drifted = await driftOf(options);
    if (drifted) return drifted;
    await createChecksumTable(kysely);
    const { rows: schema, error } = await applySchema(kysely, options.schema);
    if (error !== undefined) {
      const failed = schema.find(({ state }) => state === 'failed');
      const what = failed ? `${failed.name} failed` : 'the migrations did not run';
      const data = options.data.map(({ name }) => ({ name, state: 'not-run' as const, rows: 0 }));
      return {
        ...refusal(options, 'failed', `${what}, and nothing of this batch was applied: ${error}`),
        schema,
        data,
      };
    }
    const data = await moveData({ ...options, database: kysely, migrations: options.data });
    const broken = data.find(({ state }) => state === 'failed');
    const rest = { release: options.release, schema, data };
    if (broken) {
      const message = `${broken.name} failed after ${broken.rows} rows, which stay; "up" goes on from there: ${broken.error ?? ''}`;
      return { ok: false, done: false, ...rest, problem: { code: 'failed', message } };
    }
    return { ok: true, done: data.every(({ state }) => state === 'done' || state === 'already-done'), ...rest };
  });
}

/** Tells what `up` would do. Changes nothing, and needs no lock. */
export async function migrationStatus(options: RunnerOptions): Promise<MigrationResult> {
  const { kysely } = options.database;
  try {
    const drifted = await driftOf(options);
    if (drifted) return drifted;
    const schema = await schemaStatus(kysely, options.schema);
    const upToDate = schema.every(({ state }) => state === 'already-applied');
    const data = upToDate
      ? await dataStatus(kysely, options.data)
      : options.data.map(({ name }) => ({ name, state: 'pending' as const, rows: 0 }));
    const done = upToDate && data.every(({ state }) => state === 'already-done');
    return { ok: true, done, release: options.release, schema, data };
  } catch (error) {
    return refusal(options, 'unreachable', `the database did not answer: ${textOf(error)}`);
  }
}

async function driftOf(options: RunnerOptions): Promise<MigrationResult | undefined> {
  const differences = drift(options.schema, await recordedChecksums(options.database.kysely));
  if (differences.length === 0) return undefined;
  return refusal(
    options,
    'drift',
    `${differences.join('; ')}. Nothing was run. Release what was applied, and add a new migration for the change.`,
  );
}

/** Runs under a lock of the session. The lock ends with the connection, so a run that dies does not block the next one. */
async function locked(options: RunnerOptions, run: () => Promise<MigrationResult>): Promise<MigrationResult> {
  let connection: PoolClient;
  try {
    connection = await options.database.connect();
  } catch (error) {
    return refusal(options, 'unreachable', `no connection to the database: ${textOf(error)}`);
  }
  let broken: Error | undefined;
  try {
    await connection.query(`set lock_timeout = ${options.lockSeconds * 1000}`);
    await connection.query('select pg_advisory_lock($1)', [lockNumber]);
    try {
      return await run();
    } finally {
      await connection.query('select pg_advisory_unlock($1)', [lockNumber]);
      await connection.query('reset lock_timeout');
    }
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error));
    options.log.error('migration run failed', { error: textOf(error) });
    if ((error as { code?: unknown }).code === lockNotAvailable)
      return refusal(options, 'locked', `another run has held the lock for ${options.lockSeconds} s. Nothing was run.`);
    return refusal(options, 'failed', textOf(error));
  } finally {
    connection.release(broken);
  }
}

function refusal({ release }: RunnerOptions, code: MigrationProblem, message: string): MigrationResult {
  return { ok: false, done: false, release, schema: [], data: [], problem: { code, message } };
}
