import { createHash, randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { OrderDetails, OrderPage } from '../src/http/operations.ts';
import { Download, Upload } from '../src/documents/document.ts';
import { Order } from '../src/orders/order.ts';
import { runTool, say, variable } from './report.ts';
import { tokenOf } from './token.ts';

/**
 * Tries a deployed API: API_URL, with TOKEN, or with TOKEN_URL and MACHINE_SECRET_ARN to get one. Leaves one order of the customer
 * `smoke` behind.
 */
await runTool('smoke', async () => {
  const api = variable('API_URL').replace(/\/$/, '');
  const correlationId = `smoke-${randomUUID()}`;
  const token = await tokenOf(process.env);

  const call = async <T>(
    schema: z.ZodType<T>,
    method: string,
    path: string,
    { body, key }: { readonly body?: object; readonly key?: string } = {},
  ): Promise<T> => {
    const response = await fetch(`${api}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'x-correlation-id': correlationId,
        ...(body && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} gave ${response.status}: ${text.slice(0, 300)}`);
    if (response.headers.get('x-correlation-id') !== correlationId)
      throw new Error(`${method} ${path} did not return the correlation id`);
    const result = schema.safeParse(JSON.parse(text));
    if (!result.success)
      throw new Error(`${method} ${path} gave another answer than openapi.json promises: ${text.slice(0, 300)}`);
    say(`ok: ${method} ${path} ${response.status}`);
    return result.data;
  };

  const open = await fetch(`${api}/orders?state=placed`, { signal: AbortSignal.timeout(20_000) });
  if (open.status !== 401) throw new Error(`without a token the API gave ${open.status}, not 401`);
  say('ok: without a token 401');

  const draft = { customer: 'smoke', currency: 'EUR', lines: [{ sku: 'SMOKE-TEST', quantity: 1, unitPrice: 100 }] };
  const key = randomUUID();
  const order = await call(Order, 'POST', '/orders', { body: draft, key });
  const again = await call(Order, 'POST', '/orders', { body: draft, key });
  if (again.id !== order.id) throw new Error(`the same idempotency key made two orders: ${order.id} and ${again.id}`);

  const content = Buffer.from('%PDF-1.4 smoke test\n');
  const { document, upload } = await call(Upload, 'POST', `/orders/${order.id}/documents`, {
    key: randomUUID(),
    body: {
      name: 'smoke.pdf',
      contentType: 'application/pdf',
      length: content.length,
      sha256: createHash('sha256').update(content).digest('base64'),
    },
  });
  const put = await fetch(upload.url, { method: upload.method, headers: upload.headers, body: content });
  if (!put.ok) throw new Error(`the upload gave ${put.status}: ${(await put.text()).slice(0, 300)}`);
  const { download } = await call(Download, 'GET', `/orders/${order.id}/documents/${document.id}`);
  const got = Buffer.from(await (await fetch(download.url)).arrayBuffer());
  if (!got.equals(content)) throw new Error('the download is not what was uploaded');
  say('ok: document stored and retrieved');

  const read = await call(OrderDetails, 'GET', `/orders/${order.id}`);
  if (read.total !== 100 || read.documents.length !== 1) throw new Error(`order ${order.id} is not what was placed`);
  await call(OrderPage, 'GET', '/orders?state=placed&limit=1');
  say(`order ${order.id}; its log lines have the correlation id ${correlationId}`);
});
