/** One request to each operation, that succeeds for who may do it all. */
import { announcement, attach, content, draft, place } from './orders.mjs';

export const requests = {
  createOrder: async () => ({ body: draft() }),
  listOrders: async () => ({ query: { state: 'placed', limit: '1' } }),
  getOrder: async () => ({ path: { orderId: (await place()).id } }),
  advanceOrder: async () => ({ path: { orderId: (await place()).id }, body: { state: 'confirmed', version: 1 } }),
  cancelOrder: async () => ({ path: { orderId: (await place()).id }, body: { version: 1 } }),
  attachDocument: async () => ({ path: { orderId: (await place()).id }, body: announcement(content()) }),
  getDocument: async () => {
    const { id, orderId } = await attach(await place());
    return { path: { orderId, documentId: id } };
  },
  reportOrders: async () => ({ query: { from: new Date().toISOString().slice(0, 10), days: '1' } }),
};

/** A request to an operation that finds nothing, and changes nothing: who may is answered with 200, 400 or 404. */
export function emptyRequest(operationId) {
  const path = { orderId: '0a54b6a1-9b3a-4f0e-8a53-1df00d5f27c1', documentId: '5b1cbb0e-6f3b-4f1c-9d60-7d0d0a6c2f11' };
  if (operationId === 'reportOrders') return { query: { from: '2026-11-01', days: '2' } };
  if (operationId === 'listOrders') return { query: { state: 'placed', limit: '1' } };
  return operationId.startsWith('get') ? { path } : { path, body: {} };
}
