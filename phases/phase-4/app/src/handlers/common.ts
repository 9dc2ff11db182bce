import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { logger, type Log, type LogLevel } from '../log.ts';
import { openDatabase, type Database } from '../reporting/database.ts';
import type { DatabaseEnvironment } from '../settings/environment.ts';
import { DatabaseSecret } from '../settings/settings.ts';
import { readSecret } from '../settings/sources.ts';

export const now = (): Date => new Date();

/** Straight to standard output: Lambda puts a prefix before what `console` writes, and JSON filters then match nothing. */
export function processLog(environment: { readonly LOG_LEVEL: LogLevel; readonly RELEASE: string }): Log {
  return logger(
    { level: environment.LOG_LEVEL, now, write: (line) => process.stdout.write(line) },
    { release: environment.RELEASE },
  );
}

export function tableClient(): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient({}));
}

export function databaseOf(
  environment: DatabaseEnvironment,
  options: { readonly readOnly?: boolean; readonly statementSeconds: number },
): Database {
  const secrets = new SecretsManagerClient({});
  return openDatabase({
    environment,
    ...options,
    credentials: () => readSecret(secrets, environment.DATABASE_SECRET_ARN, DatabaseSecret),
  });
}
