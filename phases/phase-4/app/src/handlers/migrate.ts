import type { Context } from 'aws-lambda';
import { backfillOrders } from '../migrations/backfill.ts';
import { migrationHandler } from '../migrations/handler.ts';
import { migrations } from '../migrations/migrations.ts';
import { MigrationEnvironment, readEnvironment } from '../settings/environment.ts';
import { databaseOf, now, processLog, tableClient } from './common.ts';

/** Migrates the database. Runs in the VPC, as the database is private. */
const environment = readEnvironment(MigrationEnvironment, process.env);
const log = processLog(environment);
const database = databaseOf(environment, { statementSeconds: 600 });
const data = [backfillOrders(tableClient(), environment.TABLE_NAME)];

/** Time that is kept for the answer, and for the page that is under way. */
const reserveMs = 30_000;

const migrate = migrationHandler({
  database,
  release: environment.RELEASE,
  schema: migrations,
  data,
  log,
  now,
  lockSeconds: 10,
});

export const handler = (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) =>
  migrate(event, () => context.getRemainingTimeInMillis() > reserveMs);
