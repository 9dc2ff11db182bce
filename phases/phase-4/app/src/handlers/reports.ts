import { httpHandler } from '../http/handler.ts';
import { reportService } from '../reporting/service.ts';
import { DatabaseEnvironment, readEnvironment } from '../settings/environment.ts';
import { databaseOf, processLog } from './common.ts';

/** Reports. Runs in the VPC, and reads the database in transactions that cannot write. */
const environment = readEnvironment(DatabaseEnvironment, process.env);
const database = databaseOf(environment, { readOnly: true, statementSeconds: 10 });
const service = reportService(database.kysely);

export const handler = httpHandler({ log: processLog(environment), handlers: async () => service });
