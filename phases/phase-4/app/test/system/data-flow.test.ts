import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { api } from '../support/api.ts';
import { removePeople, signIn, signUp } from '../support/people.ts';
import { draft } from '../support/service.ts';

type Row = Record<'day' | 'state' | 'currency', string> & Record<'orders' | 'total', number>;

describe('data in the deployed system', function () {
  this.timeout(60_000);
  let admin: string;

  before(async () => {
    admin = (await signIn(await signUp('admin'))).access_token;
  });
  after(removePeople);

  const today = new Date().toISOString().slice(0, 10);
  const counted = async (state: string): Promise<number> => {
    const { status, body } = await api(admin, 'GET /reports/orders', { query: { from: today, days: '1' } });
    assert.equal(status, 200, JSON.stringify(body));
    return (body['rows'] as Row[]).find((row) => row.state === state && row.currency === 'GBP')?.orders ?? 0;
  };
  const eventually = async (check: () => Promise<boolean>) => {
    for (let tries = 0; tries < 40; tries++) {
      if (await check()) return;
      await setTimeout(500);
    }
    assert.fail('nothing of the kind within 20 s');
  };

  it('flows from an order over the stream into the report', async () => {
    const [placed, confirmed] = [await counted('placed'), await counted('confirmed')];
    const order = await api(admin, 'POST /orders', { body: { ...draft, currency: 'GBP' } });
    assert.equal(order.status, 201);
    await eventually(async () => (await counted('placed')) === placed + 1);
    const change = { body: { state: 'confirmed', version: 1 } };
    assert.equal((await api(admin, `PUT /orders/${String(order.body['id'])}/state`, change)).status, 200);
    await eventually(
      async () => (await counted('placed')) === placed && (await counted('confirmed')) === confirmed + 1,
    );
  });

  it('is the same order for the same key, from many requests at once', async () => {
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => api(admin, 'POST /orders', { body: draft, key })),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
    assert.equal(new Set(answers.map(({ body }) => body['id'])).size, 1);
    assert.equal((await api(admin, 'POST /orders', { body: { ...draft, customer: 'other' }, key })).status, 409);
  });

  it('has a document that was uploaded, and refuses one that was not announced', async () => {
    const { body: order } = await api(admin, 'POST /orders', { body: draft });
    const content = Buffer.from('%PDF-1.4 x\n');
    const announced = {
      name: 'x.pdf',
      contentType: 'application/pdf',
      length: content.length,
      sha256: createHash('sha256').update(content).digest('base64'),
    };
    const path = `/orders/${String(order['id'])}/documents`;
    const { body } = await api(admin, `POST ${path}`, { body: announced });
    const { document, upload } = body as {
      document: { id: string };
      upload: { url: string; headers: Record<string, string> };
    };
    assert.equal((await api(admin, `GET ${path}/${document.id}`)).status, 409);
    const put = (headers: Record<string, string>, bytes: Buffer) =>
      fetch(upload.url, { method: 'PUT', headers, body: bytes });
    assert.ok((await put({ ...upload.headers, 'content-type': 'text/html' }, content)).status >= 400);
    assert.ok((await put(upload.headers, Buffer.from('%PDF-1.4 y\n'))).status >= 400);
    assert.equal((await put(upload.headers, content)).status, 200);
    const answer = await api(admin, `GET ${path}/${document.id}`);
    const { url } = answer.body['download'] as { url: string };
    assert.deepEqual(Buffer.from(await (await fetch(url)).arrayBuffer()), content);
  });

  it('answers bad input with a problem that names the field', async () => {
    const { status, headers, body } = await api(admin, 'POST /orders', { body: { ...draft, currency: 'ZZZ' } });
    assert.equal(status, 400);
    assert.equal(headers.get('content-type'), 'application/problem+json');
    assert.deepEqual(
      (body['errors'] as { path: string }[]).map(({ path }) => path),
      ['body.currency'],
    );
    assert.equal(body['correlationId'], headers.get('x-correlation-id'));
  });
});
