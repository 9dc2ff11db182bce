import { z } from 'zod';
import type { Permission } from '../access/roles.ts';
import { Document, Download, NewDocument, Upload } from '../documents/document.ts';
import { NewOrder, Order, OrderState, StateChange } from '../orders/order.ts';
import { Report, ReportQuery } from '../reporting/report.ts';
import type { ProblemKind } from './problem.ts';

const IdempotencyKey = z
  .string()
  .regex(/^[A-Za-z0-9_-]{16,128}$/)
  .meta({ description: 'A random key of the caller. The same key with the same body gives the same answer again.' });

/** Digits only: `Number` would also read `1e1`, `0x10` and spaces. */
const PageSize = z
  .string()
  .regex(/^([1-9][0-9]?|100)$/)
  .transform(Number)
  .meta({ type: 'integer', minimum: 1, maximum: 100 });

const WithKey = z.object({ 'idempotency-key': IdempotencyKey });
const OrderPath = z.object({ orderId: z.uuid() });
const Advanced = OrderState.exclude(['placed', 'cancelled']);

export const OrderSummary = Order.omit({ lines: true });
export const OrderDetails = Order.extend({ documents: z.array(Document) });
export const OrderPage = z.strictObject({
  orders: z.array(OrderSummary),
  next: z.string().optional().meta({ description: 'Cursor of the next page. Without it this page is the last.' }),
});

/** Parts of a request. A part that an operation does not name is not looked at, so a body there is ignored. */
export interface RequestParts {
  readonly path?: z.ZodType;
  readonly query?: z.ZodType;
  readonly headers?: z.ZodType;
  readonly body?: z.ZodType;
}

export interface Operation {
  /** Method and path as the gateway writes its route keys. */
  readonly route: `${'GET' | 'POST' | 'PUT'} /${string}`;
  readonly summary: string;
  readonly permission: Permission;
  /** Scope that the gateway asks of the client. */
  readonly scope: 'orders/read' | 'orders/write';
  readonly request: RequestParts;
  readonly status: 200 | 201;
  readonly answer: z.ZodType;
  readonly problems: readonly ProblemKind[];
}

/**
 * Every operation, once: routes, validation, access and openapi.json all come from here. The templates' routes and scopes are held
 * to it by `test/unit/template.test.ts`.
 */
export const operations = {
  createOrder: {
    route: 'POST /orders',
    summary: 'Place an order',
    permission: 'orders:create',
    scope: 'orders/write',
    request: { headers: WithKey, body: NewOrder },
    status: 201,
    answer: Order,
    problems: ['key-reused', 'unavailable'],
  },
  listOrders: {
    route: 'GET /orders',
    summary: 'List the orders in one state, newest first, a page at a time',
    permission: 'orders:list',
    scope: 'orders/read',
    request: {
      query: z.strictObject({
        state: OrderState,
        limit: PageSize.optional(),
        cursor: z.string().max(1024).optional(),
      }),
    },
    status: 200,
    answer: OrderPage,
    problems: ['unknown-cursor'],
  },
  getOrder: {
    route: 'GET /orders/{orderId}',
    summary: 'Read an order and what is attached to it',
    permission: 'orders:read',
    scope: 'orders/read',
    request: { path: OrderPath },
    status: 200,
    answer: OrderDetails,
    problems: ['not-found'],
  },
  advanceOrder: {
    route: 'PUT /orders/{orderId}/state',
    summary: 'Confirm, ship or deliver an order',
    permission: 'orders:advance',
    scope: 'orders/write',
    request: { path: OrderPath, body: StateChange.extend({ state: Advanced }) },
    status: 200,
    answer: Order,
    problems: ['not-found', 'wrong-transition', 'wrong-version', 'unavailable'],
  },
  cancelOrder: {
    route: 'POST /orders/{orderId}/cancellation',
    summary: 'Cancel an order',
    permission: 'orders:cancel',
    scope: 'orders/write',
    request: { path: OrderPath, body: StateChange.pick({ version: true }) },
    status: 200,
    answer: Order,
    problems: ['not-found', 'wrong-transition', 'wrong-version', 'unavailable'],
  },
  attachDocument: {
    route: 'POST /orders/{orderId}/documents',
    summary: 'Announce a document, and get the address to upload it to',
    permission: 'documents:attach',
    scope: 'orders/write',
    request: { path: OrderPath, headers: WithKey, body: NewDocument },
    status: 201,
    answer: Upload,
    problems: ['not-found', 'key-reused', 'too-many-documents', 'unavailable'],
  },
  getDocument: {
    route: 'GET /orders/{orderId}/documents/{documentId}',
    summary: 'Get the address to download a document from',
    permission: 'documents:read',
    scope: 'orders/read',
    request: { path: OrderPath.extend({ documentId: z.uuid() }) },
    status: 200,
    answer: Download,
    problems: ['not-found', 'document-missing', 'document-differs'],
  },
  reportOrders: {
    route: 'GET /reports/orders',
    summary: 'Count and add up orders by day and state',
    permission: 'reports:read',
    scope: 'orders/read',
    request: { query: ReportQuery },
    status: 200,
    answer: Report,
    problems: ['unavailable'],
  },
} as const satisfies Record<string, Operation>;

export type Operations = typeof operations;
export type OperationId = keyof Operations;

export type Input<Id extends OperationId> = {
  readonly [Part in keyof Operations[Id]['request']]: Operations[Id]['request'][Part] extends z.ZodType
    ? z.output<Operations[Id]['request'][Part]>
    : never;
};
export type Answer<Id extends OperationId> = z.input<Operations[Id]['answer']>;

export const schemas = {
  NewOrder,
  Order,
  OrderDetails,
  OrderPage,
  OrderSummary,
  NewDocument,
  Document,
  Upload,
  Download,
  Report,
};
