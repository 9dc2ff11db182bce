import { DatabaseEnvironment, readEnvironment } from '../settings/environment.ts';
import { streamHandler } from '../reporting/stream.ts';
import { databaseOf, processLog } from './common.ts';

/** Copies changed orders from the table's stream into the database. Runs in the VPC. */
const environment = readEnvironment(DatabaseEnvironment, process.env);
const database = databaseOf(environment, { statementSeconds: 20 });

export const handler = streamHandler({ database: database.kysely, log: processLog(environment) });
