import assert from 'node:assert/strict';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, it } from 'mocha';
import { assertProblem, call, done, PATIENCE_MS } from '../support/api.mjs';
import { announce, announcement, attach, content, place, upload } from '../support/orders.mjs';
import { tokenOf } from '../support/people.mjs';
import { bucket } from '../support/stores.mjs';

const get = (url) => fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
const announced = async (bytes, change) => (await announce(await place(), bytes, change)).upload;
const downloadOf = async ({ id, orderId }) =>
  (await done('getDocument', { token: await tokenOf('viewer'), path: { orderId, documentId: id } })).download;

/** Seconds that an address is good for. */
const lifeOf = (url) => Number(new URL(url).searchParams.get('X-Amz-Expires'));

describe('uploads to S3', () => {
  it('the address takes what was announced', async () => {
    const bytes = content();
    assert.equal((await upload(await announced(bytes), bytes)).status, 200);
  });

  it('the address is good for one upload', async () => {
    const bytes = content();
    const address = await announced(bytes);
    assert.equal((await upload(address, bytes)).status, 200);
    assert.equal((await upload(address, bytes)).status, 412);
  });

  for (const [what, change] of [
    ['another type', { 'content-type': 'text/html' }],
    ['no condition that it is the first', { 'if-none-match': 'x' }],
  ])
    it(`${what} is refused`, async () => {
      const bytes = content();
      assert.equal((await upload(await announced(bytes), bytes, change)).status, 403);
    });

  it('other bytes of the same length are refused', async () => {
    const bytes = content();
    const { status } = await upload(await announced(bytes), Buffer.from(bytes.toString().replace('PDF', 'FDP')));
    assert.equal(status, 400);
  });

  for (const [what, change] of [
    ['a longer document', (bytes) => Buffer.concat([bytes, bytes])],
    ['a shorter document', (bytes) => bytes.subarray(1)],
  ])
    it(`${what} is refused`, async () => {
      const bytes = content();
      const { status } = await upload(await announced(bytes), change(bytes));
      assert.ok(status === 400 || status === 403, `${status}`);
    });

  it('the address of one document takes nothing for another', async () => {
    const bytes = content();
    const [one, other] = [await announced(bytes), await announced(bytes)];
    const url = new URL(one.url);
    url.pathname = new URL(other.url).pathname;
    assert.equal((await upload({ ...one, url }, bytes)).status, 403);
  });

  it('the address lives as long as the answer says', async () => {
    const { url, expiresAt } = await announced(content());
    const left = (Date.parse(expiresAt) - Date.now()) / 1000;
    assert.ok(lifeOf(url) <= 3600 && Math.abs(left - lifeOf(url)) < 30, `${left} of ${lifeOf(url)} s`);
  });

  it('an address whose time is over takes nothing', async () => {
    const { client, Bucket } = bucket();
    const command = new PutObjectCommand({ Bucket, Key: 'drafts/expired', ContentType: 'application/pdf' });
    const url = await getSignedUrl(client, command, { expiresIn: 30, signingDate: new Date(Date.now() - 60_000) });
    const { status } = await fetch(url, {
      method: 'PUT',
      headers: { 'content-type': 'application/pdf' },
      body: content(),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    assert.equal(status, 403);
  });

  for (const [what, change] of [
    ['a type that is not allowed', { contentType: 'text/html' }],
    ['more than 10 MiB', { length: 10 * 1024 * 1024 + 1 }],
    ['nothing', { length: 0 }],
    ['a name with a path', { name: '../../etc/passwd' }],
    ['a name with quotes', { name: 'a"b.pdf' }],
    ['a digest that is none', { sha256: 'short' }],
  ])
    it(`no address is given for ${what}`, async () => {
      const { id } = await place();
      const body = announcement(content(), change);
      const answer = await call('attachDocument', { token: await tokenOf('operator'), path: { orderId: id }, body });
      assertProblem(answer, 400, 'invalid-request');
    });
});

describe('downloads from S3', () => {
  it('the address gives the document to whoever has it', async () => {
    const bytes = content();
    const { url } = await downloadOf(await attach(await place(), bytes));
    const answer = await get(url);
    assert.equal(answer.headers.get('content-type'), 'application/pdf');
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes);
  });

  it('an address that was changed gives nothing', async () => {
    const { url } = await downloadOf(await attach(await place()));
    const changed = new URL(url);
    changed.searchParams.set('X-Amz-Expires', '3000');
    assert.equal((await get(changed)).status, 403);
  });

  it('an address whose time is over gives nothing', async () => {
    const document = await attach(await place());
    const { client, Bucket } = bucket();
    const command = new GetObjectCommand({ Bucket, Key: `documents/${document.orderId}/${document.id}` });
    const url = await getSignedUrl(client, command, { expiresIn: 30, signingDate: new Date(Date.now() - 60_000) });
    assert.equal((await get(url)).status, 403);
  });

  it('the address lives as long as the answer says', async () => {
    const { url, expiresAt } = await downloadOf(await attach(await place()));
    const left = (Date.parse(expiresAt) - Date.now()) / 1000;
    assert.ok(lifeOf(url) <= 3600 && Math.abs(left - lifeOf(url)) < 30, `${left} of ${lifeOf(url)} s`);
  });

  it('without a signature nobody gets anything', async () => {
    const { url } = await downloadOf(await attach(await place()));
    const { origin, pathname } = new URL(url);
    assert.equal((await get(`${origin}${pathname}`)).status, 403);
  });
});
