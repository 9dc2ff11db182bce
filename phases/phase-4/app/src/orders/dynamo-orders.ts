import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
  type DynamoDBDocumentClient,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { Document, documentsPerOrder } from '../documents/document.ts';
import { OrderSummary } from '../http/operations.ts';
import { retryConflicts } from './conflicts.ts';
import { documentItemKey, onceItemKey, orderItemKey, orderOfItem, stateIndex } from './items.ts';
import { Order } from './order.ts';
import type { Once, OnceKey, OrderStore } from './store.ts';

export interface DynamoOrdersOptions {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly idempotencyHours: number;
  readonly now: () => Date;
}

type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** Orders in one table; `items.ts` has its keys. */
export function dynamoOrders({ client, table, idempotencyHours, now }: DynamoOrdersOptions): OrderStore {
  const seconds = () => Math.floor(now().getTime() / 1000);

  /** Writes together with the idempotency key, or tells what an earlier request with that key was answered. */
  const once = async <T extends object>(
    key: OnceKey,
    answer: T,
    schema: z.ZodType<T>,
    writes: readonly Write[],
  ): Promise<Once<T> | 'refused'> => {
    const item = { ...onceItemKey(key.key), digest: key.digest, answer };
    const expiresAt = seconds() + idempotencyHours * 3600;
    const claim: Write = {
      Put: {
        TableName: table,
        Item: { ...item, entity: 'once', expiresAt },
        // DynamoDB deletes what has expired within days, not at once.
        ConditionExpression: 'attribute_not_exists(pk) OR expiresAt < :now',
        ExpressionAttributeValues: { ':now': seconds() },
      },
    };
    try {
      await retryConflicts(() => client.send(new TransactWriteCommand({ TransactItems: [claim, ...writes] })));
      return { made: answer };
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const reasons = (error.CancellationReasons ?? []).map(({ Code }) => Code);
      if (reasons[0] === 'ConditionalCheckFailed') return earlier(key, schema);
      if (reasons.includes('ConditionalCheckFailed')) return 'refused';
      throw error;
    }
  };

  const earlier = async <T>(key: OnceKey, schema: z.ZodType<T>): Promise<Once<T>> => {
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key: onceItemKey(key.key), ConsistentRead: true }),
    );
    const stored = z.object({ digest: z.string(), answer: schema }).parse(Item);
    return stored.digest === key.digest ? { before: stored.answer } : { reused: true };
  };

  return {
    async create(order, key) {
      const outcome = await once(key, order, Order, [
        {
          Put: {
            TableName: table,
            Item: { ...orderItemKey(order.id), entity: 'order', documents: 0, ...order },
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
      ]);
      if (outcome === 'refused') throw new Error(`the new order id ${order.id} is taken`);
      return outcome;
    },

    async get(id) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': orderItemKey(id).pk },
          ConsistentRead: true,
        }),
      );
      const item = Items.find(({ entity }) => entity === 'order');
      if (!item) return undefined;
      const documents = Items.filter(({ entity }) => entity === 'document').map((one) => documentOfItem(one));
      return { order: orderOfItem(item), documents };
    },

    async list({ state, limit, after }) {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: stateIndex,
          KeyConditionExpression: '#state = :state',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: { ':state': state },
          ScanIndexForward: false,
          Limit: limit,
          ...(after && { ExclusiveStartKey: after }),
        }),
      );
      const summary = z.object(OrderSummary.shape);
      return {
        orders: Items.map((item) => summary.parse(item)),
        next: LastEvaluatedKey && z.record(z.string(), z.string()).parse(LastEvaluatedKey),
      };
    },

    async changeState(order, to, at) {
      try {
        const update = new UpdateCommand({
          TableName: table,
          Key: orderItemKey(order.id),
          UpdateExpression: 'SET #state = :to, #version = :next, updatedAt = :at',
          ConditionExpression: '#state = :from AND #version = :version',
          ExpressionAttributeNames: { '#state': 'state', '#version': 'version' },
          ExpressionAttributeValues: {
            ':to': to,
            ':from': order.state,
            ':version': order.version,
            ':next': order.version + 1,
            ':at': at,
          },
          ReturnValues: 'ALL_NEW',
        });
        const { Attributes } = await retryConflicts(() => client.send(update));
        return orderOfItem(Attributes ?? {});
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return 'changed-meanwhile';
        throw error;
      }
    },

    attach: (document, key) =>
      once(key, document, Document, [
        {
          Update: {
            TableName: table,
            Key: orderItemKey(document.orderId),
            UpdateExpression: 'SET documents = documents + :one',
            ConditionExpression: 'attribute_exists(pk) AND documents < :most',
            ExpressionAttributeValues: { ':one': 1, ':most': documentsPerOrder },
          },
        },
        {
          Put: {
            TableName: table,
            Item: { ...documentItemKey(document), entity: 'document', ...document },
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
      ]),

    async getDocument(orderId, id) {
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key: documentItemKey({ orderId, id }), ConsistentRead: true }),
      );
      return Item && documentOfItem(Item);
    },
  };
}

/** Drops the keys that are the table's own. */
function documentOfItem(item: object): Document {
  return z.object(Document.shape).parse(item);
}
