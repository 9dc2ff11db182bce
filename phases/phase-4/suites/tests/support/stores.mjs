/** The stores behind the API, as an operator of them sees them. */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { done } from './api.mjs';
import { tokenOf } from './people.mjs';

/** An item of the table as it is now; `undefined` when there is none. Its keys are those of app/src/orders/items.ts. */
export async function itemOf(pk, sk) {
  const client = new DynamoDBClient({});
  const Key = { pk: { S: pk }, sk: { S: sk } };
  const { Item } = await client.send(
    new GetItemCommand({ TableName: process.env.ORDERS_TABLE, Key, ConsistentRead: true }),
  );
  return Item;
}

export const orderItem = ({ id }) => itemOf(`ORDER#${id}`, 'ORDER');

export function bucket() {
  // Buckets of the sandbox have no host names of their own.
  const client = new S3Client({ forcePathStyle: (process.env.AWS_ENDPOINT_URL ?? '') !== '' });
  return { client, Bucket: process.env.DOCUMENTS_BUCKET };
}

/** Calls a function directly, past the gateway. */
export async function invoke(FunctionName, event) {
  const client = new LambdaClient({});
  const { Payload, FunctionError } = await client.send(
    new InvokeCommand({ FunctionName, Qualifier: 'live', Payload: JSON.stringify(event) }),
  );
  const answer = JSON.parse(Buffer.from(Payload).toString());
  if (FunctionError !== undefined) throw new Error(`${FunctionName}: ${FunctionError}: ${JSON.stringify(answer)}`);
  return answer;
}

/** What the alias `live` of a function runs: `{ release, code }`. */
export async function live(FunctionName) {
  const command = new GetFunctionConfigurationCommand({ FunctionName, Qualifier: 'live' });
  const { Environment, CodeSha256 } = await new LambdaClient({}).send(command);
  return { release: Environment.Variables.RELEASE, code: CodeSha256 };
}

/** Yesterday to tomorrow, as they are when the run begins: midnight changes nothing. */
const DAYS = { from: new Date(Date.now() - 86_400_000).toISOString().slice(0, 10), days: '3' };

/** Orders of these days and their sum in the report, in one state and currency. */
export async function reported(state, currency) {
  const { rows } = await done('reportOrders', { token: await tokenOf('admin'), query: DAYS });
  const own = rows.filter((row) => row.state === state && row.currency === currency);
  return {
    orders: own.reduce((sum, row) => sum + row.orders, 0),
    total: own.reduce((sum, row) => sum + row.total, 0),
  };
}

/**
 * Lines whose sum no other order reaches: a report in which the sum of a final state has grown by it has this order, even while others
 * place theirs.
 */
export const LARGE_LINES = [{ sku: 'LARGE-01', quantity: 1000, unitPrice: 10_000_000 }];
export const LARGE = 10_000_000_000;
