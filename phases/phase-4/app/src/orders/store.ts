import type { Document } from '../documents/document.ts';
import type { ListKey } from '../http/cursor.ts';
import type { Order, OrderState } from './order.ts';

export type OrderSummary = Omit<Order, 'lines'>;

/** An idempotency key with what it stands for. `digest` is of the validated request, so the spelling of a body does not matter. */
export interface OnceKey {
  readonly key: string;
  readonly digest: string;
}

/** Outcome of a write with an idempotency key: made now, made by an earlier request, or the key belongs to another request. */
export type Once<T> = { readonly made: T } | { readonly before: T } | { readonly reused: true };

export interface OrderStore {
  create(order: Order, once: OnceKey): Promise<Once<Order>>;
  get(id: string): Promise<{ readonly order: Order; readonly documents: readonly Document[] } | undefined>;
  list(query: {
    readonly state: OrderState;
    readonly limit: number;
    readonly after: ListKey | undefined;
  }): Promise<{ readonly orders: readonly OrderSummary[]; readonly next: ListKey | undefined }>;
  /** Changes the state if the order still is at the version that `order` has. */
  changeState(order: Order, to: OrderState, now: string): Promise<Order | 'changed-meanwhile'>;
  /** Records a document, unless the order is missing or has as many as it may have. */
  attach(document: Document, once: OnceKey): Promise<Once<Document> | 'refused'>;
  getDocument(orderId: string, id: string): Promise<Document | undefined>;
}
