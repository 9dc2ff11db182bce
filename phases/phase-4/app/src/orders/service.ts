import { createHash } from 'node:crypto';
import type { Caller } from '../access/caller.ts';
import { documentsPerOrder, type Document, type NewDocument } from '../documents/document.ts';
import type { DocumentStore } from '../documents/store.ts';
import type { Cursors } from '../http/cursor.ts';
import type { Handlers } from '../http/handler.ts';
import { ServiceError } from '../http/problem.ts';
import type { Settings } from '../settings/settings.ts';
import { mayChange, placeOrder, transitions, type Order, type OrderState } from './order.ts';
import type { OnceKey, OrderStore } from './store.ts';

export interface OrderServiceParts {
  readonly orders: OrderStore;
  readonly documents: DocumentStore;
  readonly cursors: Cursors;
  readonly settings: Settings;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** All operations but the report, which needs the relational store and runs in a function of its own. */
export function orderService(parts: OrderServiceParts): Omit<Required<Handlers>, 'reportOrders'> {
  const { orders, documents, cursors, settings } = parts;
  const now = () => parts.now().toISOString();

  const found = async (id: string) => {
    const stored = await orders.get(id);
    if (!stored) throw new ServiceError('not-found', `There is no order ${id}.`);
    return stored;
  };

  const change = async (id: string, version: number, to: OrderState): Promise<Order> => {
    const { order } = await found(id);
    // The caller repeats a request whose answer was lost.
    if (order.state === to && order.version === version + 1) return order;
    if (order.version !== version)
      throw new ServiceError(
        'wrong-version',
        `The order is at version ${order.version}, not ${version}. Read it again.`,
      );
    if (!mayChange(order.state, to)) {
      const next = transitions[order.state].join(' or ') || 'none';
      throw new ServiceError('wrong-transition', `From ${order.state} an order changes to: ${next}.`);
    }
    const changed = await orders.changeState(order, to, now());
    if (changed === 'changed-meanwhile')
      throw new ServiceError('wrong-version', `The order is no longer at version ${version}. Read it again.`);
    return changed;
  };

  return {
    async createOrder({ headers, body }, { caller }) {
      const order = placeOrder(body, { id: parts.newId(), now: now(), by: caller.subject });
      const once = onceKey('createOrder', caller, headers['idempotency-key'], body);
      return firstOrSame(await orders.create(order, once));
    },

    async getOrder({ path }) {
      const { order, documents: attached } = await found(path.orderId);
      return { ...order, documents: [...attached] };
    },

    async listOrders({ query }) {
      const list = `orders:${query.state}`;
      const after = query.cursor === undefined ? undefined : cursors.read(list, query.cursor);
      const limit = query.limit ?? settings.pageSize;
      const page = await orders.list({ state: query.state, limit, after });
      return { orders: [...page.orders], ...(page.next && { next: cursors.write(list, page.next) }) };
    },

    advanceOrder: ({ path, body }) => change(path.orderId, body.version, body.state),

    cancelOrder: ({ path, body }) => change(path.orderId, body.version, 'cancelled'),

    async attachDocument({ path, headers, body }, { caller }) {
      accept(body, settings);
      const document: Document = {
        id: parts.newId(),
        orderId: path.orderId,
        ...body,
        createdAt: now(),
        createdBy: caller.subject,
      };
      const once = onceKey('attachDocument', caller, headers['idempotency-key'], { ...body, orderId: path.orderId });
      const outcome = await orders.attach(document, once);
      if (outcome === 'refused') {
        await found(path.orderId);
        throw new ServiceError('too-many-documents', `An order has at most ${documentsPerOrder} documents.`);
      }
      const attached = firstOrSame(outcome);
      return { document: attached, upload: await documents.upload(attached) };
    },

    async getDocument({ path }) {
      const document = await orders.getDocument(path.orderId, path.documentId);
      if (!document) throw new ServiceError('not-found', `Order ${path.orderId} has no document ${path.documentId}.`);
      const stored = await documents.look(document);
      if (!stored)
        throw new ServiceError('document-missing', 'Upload it, or announce it again if the address expired.');
      if (stored.length !== document.length || stored.contentType !== document.contentType)
        throw new ServiceError('document-differs', 'Its length or type is not what was announced.');
      return { document, download: await documents.download(document) };
    },
  };
}

function accept({ length }: NewDocument, { documents }: Settings): void {
  if (length > documents.maxBytes)
    throw new ServiceError('too-large', `A document has at most ${documents.maxBytes} bytes.`);
}

/** Keys are the caller's own, and of one operation: two callers that use the same key do not meet. */
function onceKey(operation: string, { subject }: Caller, key: string, request: object): OnceKey {
  return {
    key: `${operation}#${subject}#${key}`,
    digest: createHash('sha256').update(JSON.stringify(request)).digest('hex'),
  };
}

function firstOrSame<T>(outcome: { made: T } | { before: T } | { reused: true }): T {
  if ('reused' in outcome) throw new ServiceError('key-reused', 'Use a new key for a new request.');
  return 'made' in outcome ? outcome.made : outcome.before;
}
