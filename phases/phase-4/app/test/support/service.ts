import { randomUUID } from 'node:crypto';
import { cursors } from '../../src/http/cursor.ts';
import { httpHandler, type Handlers } from '../../src/http/handler.ts';
import { logger } from '../../src/log.ts';
import { orderService } from '../../src/orders/service.ts';
import type { OrderStore } from '../../src/orders/store.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { bodyOf, event, type Request } from './http.ts';
import { memoryDocuments, memoryOrders } from './memory.ts';

export const settings: Settings = {
  pageSize: 25,
  idempotencyHours: 24,
  documents: { maxBytes: 1_000_000, uploadSeconds: 300, downloadSeconds: 60 },
};

export const draft = {
  customer: 'customer-7',
  currency: 'EUR',
  lines: [
    { sku: 'CHAIR-01', quantity: 4, unitPrice: 4900 },
    { sku: 'TABLE-01', quantity: 1, unitPrice: 19900 },
  ],
} as const;

/** The service behind its HTTP handler, in memory, with what it has logged. */
export function testService(change: { readonly orders?: OrderStore; readonly more?: Handlers } = {}) {
  const uploaded = new Map<string, { length: number; contentType: string }>();
  const lines: string[] = [];
  const log = logger({ level: 'debug', now: () => new Date(0), write: (line) => lines.push(line) });
  const service: Handlers = {
    ...orderService({
      orders: change.orders ?? memoryOrders(),
      documents: memoryDocuments(uploaded),
      cursors: cursors('a key of at least thirty-two bytes'),
      settings,
      now: () => new Date('2026-11-29T12:00:00.000Z'),
      newId: randomUUID,
    }),
    ...change.more,
  };
  const handler = httpHandler({ log, handlers: async () => service });
  const send = async (route: string, request: Request = {}) => {
    const result = await handler(event(route, request));
    return { status: result.statusCode, headers: result.headers ?? {}, body: bodyOf(result) };
  };
  const create = async (request: Request = {}) =>
    send('POST /orders', { body: draft, headers: { 'idempotency-key': randomUUID() }, ...request });
  return { send, create, uploaded, logged: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}
