import { Migrator, sql, type Kysely, type Migration, type MigrationResultSet } from 'kysely';
import type { Tables } from '../reporting/schema.ts';
import { checksumOf } from './checksums.ts';
import type { SqlMigration } from './migrations.ts';
import type { SchemaRow } from './result.ts';

export interface SchemaOutcome {
  readonly rows: readonly SchemaRow[];
  readonly error?: string;
}

/** Applies what is pending, all in one transaction: a failure leaves nothing of the batch. */
export async function applySchema(
  database: Kysely<Tables>,
  migrations: readonly SqlMigration[],
): Promise<SchemaOutcome> {
  const migrator = migratorOf(database, migrations);
  const before = new Set(
    (await migrator.getMigrations()).filter(({ executedAt }) => executedAt).map(({ name }) => name),
  );
  return outcomeOf(migrations, before, await migrator.migrateToLatest());
}

/** Tells what is applied. Makes no table. */
export async function schemaStatus(
  database: Kysely<Tables>,
  migrations: readonly SqlMigration[],
): Promise<readonly SchemaRow[]> {
  const known = await migratorOf(database, migrations).getMigrations();
  return known.map(({ name, executedAt }) => ({ name, state: executedAt ? 'already-applied' : 'pending' }));
}

function migratorOf(database: Kysely<Tables>, migrations: readonly SqlMigration[]): Migrator {
  const provided = Object.fromEntries(migrations.map((migration) => [migration.name, runnable(migration)]));
  return new Migrator({
    db: database,
    provider: { getMigrations: async () => provided },
    migrationTableName: 'schema_migrations',
    migrationLockTableName: 'schema_migrations_lock',
  });
}

/** Records the checksum in the transaction of the migration itself: neither is ever there without the other. */
function runnable(migration: SqlMigration): Migration {
  return {
    async up(database: Kysely<unknown>) {
      for (const [index, statement] of migration.statements.entries()) {
        try {
          await sql.raw(statement).execute(database);
        } catch (cause) {
          throw new Error(`statement ${index + 1} of ${migration.statements.length}: ${textOf(cause)}`, { cause });
        }
      }
      await (database as Kysely<Tables>)
        .insertInto('migration_checksums')
        .values({ name: migration.name, checksum: checksumOf(migration) })
        .execute();
    },
  };
}

/** The migrator calls what ran before the failure a success, although it rolled all of it back. */
function outcomeOf(
  migrations: readonly SqlMigration[],
  before: ReadonlySet<string>,
  { error, results = [] }: MigrationResultSet,
): SchemaOutcome {
  const ran = new Map(results.map(({ migrationName, status }) => [migrationName, status]));
  const text = error === undefined ? undefined : textOf(error);
  const rows = migrations.map(({ name }): SchemaRow => {
    if (before.has(name)) return { name, state: 'already-applied' };
    const status = ran.get(name);
    if (status === 'Error') return { name, state: 'failed', ...(text !== undefined && { error: text }) };
    if (status === 'Success') return { name, state: text === undefined ? 'applied' : 'rolled-back' };
    // A run beside this one may have been quicker; the migrator's lock lets one through at a time.
    return { name, state: text === undefined ? 'already-applied' : 'not-run' };
  });
  return { rows, ...(text !== undefined && { error: text }) };
}

export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && code !== '' ? `${error.message} (${code})` : error.message;
}
