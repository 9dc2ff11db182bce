import { randomUUID } from 'node:crypto';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { s3Client, s3Documents } from '../documents/s3-documents.ts';
import { cursors } from '../http/cursor.ts';
import { httpHandler } from '../http/handler.ts';
import { dynamoOrders } from '../orders/dynamo-orders.ts';
import { orderService } from '../orders/service.ts';
import { OrdersEnvironment, readEnvironment } from '../settings/environment.ts';
import { CursorSecret, Settings } from '../settings/settings.ts';
import { kept, readParameter, readSecret } from '../settings/sources.ts';
import { now, processLog, tableClient } from './common.ts';

/** Orders and documents. Runs outside the VPC: it needs DynamoDB, S3, SSM and Secrets Manager, and never the database. */
const environment = readEnvironment(OrdersEnvironment, process.env);

const service = kept(async () => {
  const [settings, secret] = await Promise.all([
    readParameter(new SSMClient({}), environment.SETTINGS_PARAMETER, Settings),
    readSecret(new SecretsManagerClient({}), environment.CURSOR_SECRET_ARN, CursorSecret),
  ]);
  return orderService({
    orders: dynamoOrders({
      client: tableClient(),
      table: environment.TABLE_NAME,
      idempotencyHours: settings.idempotencyHours,
      now,
    }),
    documents: s3Documents({
      client: s3Client(environment.AWS_ENDPOINT_URL),
      bucket: environment.DOCUMENTS_BUCKET,
      settings: settings.documents,
      now,
    }),
    cursors: cursors(secret.key),
    settings,
    now,
    newId: randomUUID,
  });
});

export const handler = httpHandler({ log: processLog(environment), handlers: service });
