import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import pg from 'pg';
import { stateIndex } from '../../src/orders/items.ts';
import { openDatabase, type Database, type DatabaseOptions } from '../../src/reporting/database.ts';

/** Suites under test/data need real services, and fail without them: a suite that passes because it did not run proves nothing. */
function needed(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new Error(`npm run test:data needs ${name}: PGHOST and the like for PostgreSQL, AWS_ENDPOINT_URL for AWS`);
  return value;
}

export interface Table {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
  drop(): Promise<void>;
}

/** A table as infra/application-data.yaml has it. */
export async function ordersTable(): Promise<Table> {
  needed('AWS_ENDPOINT_URL');
  const dynamo = new DynamoDBClient({});
  const name = `orders-${randomUUID()}`;
  await dynamo.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk', 'state', 'createdAt'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: stateIndex,
          KeySchema: [
            { AttributeName: 'state', KeyType: 'HASH' },
            { AttributeName: 'createdAt', KeyType: 'RANGE' },
          ],
          Projection: {
            ProjectionType: 'INCLUDE',
            NonKeyAttributes: ['id', 'version', 'customer', 'currency', 'total', 'updatedAt', 'createdBy'],
          },
        },
      ],
    }),
  );
  return {
    client: DynamoDBDocumentClient.from(dynamo),
    name,
    async drop() {
      await dynamo.send(new DeleteTableCommand({ TableName: name }));
      dynamo.destroy();
    },
  };
}

export interface TestDatabase {
  /** Opens it as a function does. */
  open(change?: Partial<DatabaseOptions>): Database;
  drop(): Promise<void>;
}

/** An empty database of its own on the server that PGHOST, PGPORT, PGUSER and PGPASSWORD name; PGSSLROOTCERT, if it has TLS. */
export async function emptyDatabase(): Promise<TestDatabase> {
  const host = needed('PGHOST');
  const name = `orders_${randomUUID().replaceAll('-', '')}`;
  const environment = {
    DATABASE_HOST: host,
    DATABASE_PORT: Number(process.env['PGPORT'] ?? 5432),
    DATABASE_NAME: name,
    DATABASE_TLS: process.env['PGSSLROOTCERT'] ? 'verify' : 'off',
    DATABASE_CA: process.env['PGSSLROOTCERT'],
  } as const;
  const credentials = { username: needed('PGUSER'), password: needed('PGPASSWORD') };
  const options = { environment, statementSeconds: 30, credentials: async () => credentials };
  const admin = openDatabase({ ...options, environment: { ...environment, DATABASE_NAME: 'postgres' } });
  const sql = async (text: string) => {
    const client = await admin.connect();
    try {
      await client.query(text);
    } finally {
      client.release();
    }
  };
  await sql(`create database ${pg.escapeIdentifier(name)}`);
  return {
    open: (change = {}) => openDatabase({ ...options, ...change }),
    async drop() {
      await sql(`drop database ${pg.escapeIdentifier(name)} with (force)`);
      await admin.close();
    },
  };
}
