import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { roles } from '../../src/access/roles.ts';
import { operations, type Operation } from '../../src/http/operations.ts';
import { event, person } from '../support/http.ts';
import { memoryOrders } from '../support/memory.ts';
import { draft, testService } from '../support/service.ts';

describe('HTTP', () => {
  it('returns the correlation id of the caller, and logs it with every line', async () => {
    const { create, logged } = testService();
    const { headers } = await create({
      headers: { 'idempotency-key': randomUUID(), 'x-correlation-id': 'trace-0042' },
    });
    assert.equal(headers['x-correlation-id'], 'trace-0042');
    assert.deepEqual(new Set(logged().map(({ correlationId }) => correlationId)), new Set(['trace-0042']));
  });

  for (const given of ['short', 'a'.repeat(65), 'with space here', 'line\nbreak-line'])
    it(`makes a correlation id instead of ${JSON.stringify(given.slice(0, 20))}`, async () => {
      const { create } = testService();
      const { headers } = await create({ headers: { 'idempotency-key': randomUUID(), 'x-correlation-id': given } });
      assert.match(String(headers['x-correlation-id']), /^[0-9a-f-]{36}$/);
    });

  it('tells every field that is wrong, at once', async () => {
    const { create } = testService();
    const { status, headers, body } = await create({ headers: {}, body: { ...draft, currency: 'ZZZ', lines: [] } });
    assert.equal(status, 400);
    assert.equal(headers['content-type'], 'application/problem+json');
    assert.equal(body['type'], 'urn:orders:problem:invalid-request');
    const paths = (body['errors'] as { path: string }[]).map(({ path }) => path);
    assert.deepEqual(paths.sort(), ['body.currency', 'body.lines', 'headers.idempotency-key']);
  });

  for (const [what, body] of [
    ['is no JSON', '{"customer":'],
    ['is missing', undefined],
    ['is a list', []],
    ['has a prototype', '{"__proto__":{"customer":"x"}}'],
  ] as const)
    it(`refuses a body that ${what}`, async () => {
      const { create } = testService();
      const { status } = await create({ body });
      assert.equal(status, 400);
    });

  it('refuses a body that is too large, without reading it', async () => {
    const { create } = testService();
    const { status } = await create({ body: 'x'.repeat(70_000) });
    assert.equal(status, 413);
  });

  it('bounds the errors that it tells', async () => {
    const { create } = testService();
    const { body } = await create({ body: { ...draft, lines: Array.from({ length: 50 }, () => ({})) } });
    assert.equal((body['errors'] as unknown[]).length, 20);
  });

  it('shows nothing of an unexpected error, and logs all of it', async () => {
    const orders = { ...memoryOrders(), get: () => Promise.reject(new Error('password=hunter2 at /srv/secret')) };
    const { send, logged } = testService({ orders });
    const { status, body } = await send('GET /orders/{orderId}', { path: { orderId: randomUUID() } });
    assert.equal(status, 500);
    assert.deepEqual(Object.keys(body).sort(), ['correlationId', 'status', 'title', 'type']);
    assert.doesNotMatch(JSON.stringify(body), /hunter2|srv|handler\.ts/);
    const line = logged().find(({ level }) => level === 'error');
    assert.match(String(line?.['error']), /hunter2/);
    assert.match(String(line?.['stack']), /handler\.test\.ts/);
    assert.equal(line?.['correlationId'], body['correlationId']);
  });

  it('does not know other routes', async () => {
    const { send } = testService();
    assert.equal((await send('DELETE /orders/{orderId}')).status, 404);
  });

  it('answers 500 for an operation that the function does not have', async () => {
    const { send } = testService();
    const query = { from: '2026-11-01', days: '29' };
    assert.equal((await send('GET /reports/orders', { query, claims: person('admin') })).status, 500);
  });

  it('logs no body, no token and no claim', async () => {
    const { create, logged } = testService();
    await create({ headers: { 'idempotency-key': randomUUID(), authorization: 'Bearer abc.def.ghi' } });
    assert.doesNotMatch(JSON.stringify(logged()), /abc\.def|customer-7|ada/);
  });

  it('reads a body in base64', async () => {
    const { httpHandler } = await import('../../src/http/handler.ts');
    const { logger } = await import('../../src/log.ts');
    const handler = httpHandler({
      log: logger({ level: 'error', now: () => new Date(0), write: () => undefined }),
      handlers: async () => ({ createOrder: async ({ body }) => ({ ...body }) as never }),
    });
    const plain = event('POST /orders', { headers: { 'idempotency-key': randomUUID() } });
    const result = await handler({
      ...plain,
      body: Buffer.from(JSON.stringify(draft)).toString('base64'),
      isBase64Encoded: true,
    });
    assert.equal(result.statusCode, 201);
  });

  // Each operation for each role, through the whole handler: a refusal is 403, anything else means that access was given.
  for (const [id, { route, permission }] of Object.entries(operations) as [string, Operation][])
    for (const role of [...roles, 'nobody'])
      it(`${id} as ${role}`, async () => {
        const { allowed } = await import('../../src/access/roles.ts');
        const { send } = testService();
        const { status } = await send(route, { claims: role === 'nobody' ? person() : person(role) });
        const expected = role !== 'nobody' && allowed([role as (typeof roles)[number]], permission);
        assert.equal(status !== 403, expected);
      });
});
