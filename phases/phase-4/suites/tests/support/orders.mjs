/** Orders and documents of the cases. Nothing that is placed can be removed, so each run has customers of its own. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { done, PATIENCE_MS } from './api.mjs';
import { tokenOf } from './people.mjs';

const RUN = randomBytes(4).toString('hex');

/** What is asked for; `change` replaces parts of it. */
export function draft(change = {}) {
  return {
    customer: `suite-${RUN}`,
    currency: 'EUR',
    lines: [
      { sku: 'CHAIR-01', quantity: 4, unitPrice: 4900 },
      { sku: 'TABLE-01', quantity: 1, unitPrice: 19900 },
    ],
    ...change,
  };
}

/** The sum of `draft()`. */
export const TOTAL = 39_500;

/** Places an order. */
export async function place(change, who = 'operator') {
  return done('createOrder', { token: await tokenOf(who), body: draft(change) });
}

/** Leads an order on, one state after the other: `advance(order, 'confirmed', 'shipped')`. */
export async function advance(order, ...states) {
  const token = await tokenOf('operator');
  let latest = order;
  for (const state of states) {
    const body = { state, version: latest.version };
    latest = await done('advanceOrder', { token, path: { orderId: order.id }, body });
  }
  return latest;
}

/** Cancels an order, as an admin. */
export async function cancel({ id, version }) {
  return done('cancelOrder', { token: await tokenOf('admin'), path: { orderId: id }, body: { version } });
}

/** The bytes of a small document that no other case has. */
export function content() {
  return Buffer.from(`%PDF-1.4 ${randomUUID()}\n`);
}

/** What is announced of a document. */
export function announcement(bytes, change = {}) {
  return {
    name: 'invoice.pdf',
    contentType: 'application/pdf',
    length: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('base64'),
    ...change,
  };
}

/** Announces a document of an order. */
export async function announce(order, bytes, change) {
  const body = announcement(bytes, change);
  return done('attachDocument', { token: await tokenOf('operator'), path: { orderId: order.id }, body });
}

/** Uploads to the address that an announcement was answered with. */
export async function upload({ url, method, headers }, bytes, change = {}) {
  const given = { ...headers, ...change };
  // A client's HTTP library sets it by the body.
  delete given['content-length'];
  return fetch(url, { method, headers: given, body: bytes, signal: AbortSignal.timeout(PATIENCE_MS) });
}

/** Announces and uploads a document, and returns it. */
export async function attach(order, bytes = content()) {
  const announced = await announce(order, bytes);
  const { status } = await upload(announced.upload, bytes);
  if (status !== 200) throw new Error(`the upload was answered with ${status}`);
  return announced.document;
}
