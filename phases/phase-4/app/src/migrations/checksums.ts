import { createHash } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { Tables } from '../reporting/schema.ts';
import type { SqlMigration } from './migrations.ts';

/** SHA-256 of a migration's name and statements. White space counts: a text is what it is. */
export function checksumOf({ name, statements }: SqlMigration): string {
  return createHash('sha256')
    .update(JSON.stringify([name, ...statements]))
    .digest('hex');
}

export async function createChecksumTable(database: Kysely<Tables>): Promise<void> {
  await sql`create table if not exists migration_checksums (name text primary key, checksum text not null)`.execute(
    database,
  );
}

export async function recordedChecksums(database: Kysely<Tables>): Promise<ReadonlyMap<string, string>> {
  const there = await sql<{ there: boolean }>`select to_regclass('migration_checksums') is not null as there`.execute(
    database,
  );
  if (!there.rows[0]?.there) return new Map();
  const rows = await database.selectFrom('migration_checksums').selectAll().execute();
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

/**
 * Compares what was applied with what this release carries.
 * @returns one sentence for each difference
 */
export function drift(migrations: readonly SqlMigration[], recorded: ReadonlyMap<string, string>): string[] {
  const carried = new Map(migrations.map((migration) => [migration.name, checksumOf(migration)]));
  const differences: string[] = [];
  for (const [name, checksum] of recorded) {
    const now = carried.get(name);
    if (now === undefined) differences.push(`${name} has been applied, but this release does not have it`);
    else if (now !== checksum)
      differences.push(
        `${name} has been changed since it was applied (${checksum.slice(0, 12)}, now ${now.slice(0, 12)})`,
      );
  }
  const last = [...recorded.keys()].sort().at(-1) ?? '';
  for (const { name } of migrations)
    if (!recorded.has(name) && name < last) differences.push(`${name} would run after ${last}, which follows it`);
  return differences;
}
