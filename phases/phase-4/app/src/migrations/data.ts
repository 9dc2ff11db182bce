import type { Kysely } from 'kysely';
import type { Tables } from '../reporting/schema.ts';
import type { DataRow } from './result.ts';
import { textOf } from './schema.ts';

/** Moves rows, a page at a time. */
export interface DataMigration {
  readonly name: string;
  /** Code has no checksum that a bundler leaves alone. A higher revision makes the migration run again, from its first page. */
  readonly revision: number;
  /**
   * Reads one page, outside of any transaction.
   * @param next where the page begins; nothing for the first
   */
  read(next: string | undefined): Promise<{ readonly write: Write; readonly next: string | undefined }>;
}

/** Writes the page that was read; it must be safe to repeat. Returns how many rows the page had. */
export type Write = (transaction: Kysely<Tables>) => Promise<number>;

export interface DataOptions {
  readonly database: Kysely<Tables>;
  readonly migrations: readonly DataMigration[];
  readonly now: () => Date;
  /** Asked before each page. */
  readonly hasTime: () => boolean;
}

/**
 * Runs data migrations one after another. Each page and the place of the next one are written in one transaction, so an interrupted
 * run goes on where it was; one that fails leaves the pages before.
 */
export async function moveData(options: DataOptions): Promise<DataRow[]> {
  const rows: DataRow[] = [];
  for (const migration of options.migrations) {
    const stopped = rows.some(({ state }) => state === 'failed' || state === 'in-progress');
    rows.push(stopped ? { name: migration.name, state: 'not-run', rows: 0 } : await move(migration, options));
  }
  return rows;
}

async function move(migration: DataMigration, { database, now, hasTime }: DataOptions): Promise<DataRow> {
  const { name, revision } = migration;
  let progress = await progressOf(database, migration);
  if (progress.finished) return { name, state: 'already-done', rows: progress.rows };
  try {
    while (!progress.finished) {
      if (!hasTime()) return { name, state: 'in-progress', rows: progress.rows };
      const page = await migration.read(progress.next);
      const { rows } = progress;
      progress = await database.transaction().execute(async (transaction) => {
        const after = {
          next: page.next,
          rows: rows + (await page.write(transaction)),
          finished: page.next === undefined,
        };
        const values = {
          revision,
          next_page: after.next ?? null,
          rows_moved: after.rows,
          finished_at: after.finished ? now().toISOString() : null,
        };
        await transaction
          .insertInto('data_migrations')
          .values({ name, ...values })
          .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
          .execute();
        return after;
      });
    }
    return { name, state: 'done', rows: progress.rows };
  } catch (error) {
    return { name, state: 'failed', rows: progress.rows, error: textOf(error) };
  }
}

/** Tells the progress of each data migration, without running any. */
export async function dataStatus(
  database: Kysely<Tables>,
  migrations: readonly DataMigration[],
): Promise<readonly DataRow[]> {
  return Promise.all(
    migrations.map(async (migration): Promise<DataRow> => {
      const { finished, next, rows } = await progressOf(database, migration);
      return {
        name: migration.name,
        state: finished ? 'already-done' : next === undefined ? 'pending' : 'in-progress',
        rows,
      };
    }),
  );
}

interface Progress {
  readonly next: string | undefined;
  readonly rows: number;
  readonly finished: boolean;
}

async function progressOf(database: Kysely<Tables>, { name, revision }: DataMigration): Promise<Progress> {
  const stored = await database.selectFrom('data_migrations').selectAll().where('name', '=', name).executeTakeFirst();
  if (!stored || stored.revision < revision) return { next: undefined, rows: 0, finished: false };
  return {
    next: stored.next_page ?? undefined,
    rows: Number(stored.rows_moved),
    finished: stored.finished_at !== null,
  };
}
