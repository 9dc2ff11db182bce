import { documentsPerOrder, type Document } from '../../src/documents/document.ts';
import type { DocumentStore } from '../../src/documents/store.ts';
import type { Order } from '../../src/orders/order.ts';
import type { Once, OnceKey, OrderStore } from '../../src/orders/store.ts';

/** The order store's contract in memory. `test/data/dynamo-orders.test.ts` holds the real one to the same. */
export function memoryOrders(): OrderStore {
  const orders = new Map<string, Order>();
  const documents = new Map<string, Document[]>();
  const answers = new Map<string, { digest: string; answer: unknown }>();

  const once = <T>({ key, digest }: OnceKey, answer: T): Once<T> | undefined => {
    const before = answers.get(key);
    if (before) return before.digest === digest ? { before: before.answer as T } : { reused: true };
    answers.set(key, { digest, answer });
    return undefined;
  };

  return {
    async create(order, key) {
      const earlier = once(key, order);
      if (earlier) return earlier;
      orders.set(order.id, order);
      return { made: order };
    },
    async get(id) {
      const order = orders.get(id);
      return order && { order, documents: documents.get(id) ?? [] };
    },
    async list({ state, limit, after }) {
      const all = [...orders.values()].filter((order) => order.state === state).reverse();
      const from = after ? all.findIndex(({ id }) => id === after['id']) + 1 : 0;
      const page = all.slice(from, from + limit);
      const last = page.at(-1);
      return {
        orders: page.map(({ lines: _, ...summary }) => summary),
        next: last && from + limit < all.length ? { id: last.id } : undefined,
      };
    },
    async changeState(order, to, updatedAt) {
      if (orders.get(order.id)?.version !== order.version) return 'changed-meanwhile';
      const changed = { ...order, state: to, version: order.version + 1, updatedAt };
      orders.set(order.id, changed);
      return changed;
    },
    async attach(document, key) {
      const there = documents.get(document.orderId) ?? [];
      if (!answers.has(key.key) && (!orders.has(document.orderId) || there.length >= documentsPerOrder))
        return 'refused';
      const earlier = once(key, document);
      if (earlier) return earlier;
      documents.set(document.orderId, [...there, document]);
      return { made: document };
    },
    async getDocument(orderId, id) {
      return documents.get(orderId)?.find((document) => document.id === id);
    },
  };
}

/** @param uploaded what has been uploaded, by the document's id */
export function memoryDocuments(uploaded: Map<string, { length: number; contentType: string }>): DocumentStore {
  const expiresAt = '2026-11-29T12:10:00.000Z';
  return {
    upload: async ({ id }) => ({ method: 'PUT', url: `https://bucket.example/${id}?put`, headers: {}, expiresAt }),
    download: async ({ id }) => ({ method: 'GET', url: `https://bucket.example/${id}?get`, expiresAt }),
    look: async ({ id }) => uploaded.get(id),
  };
}
