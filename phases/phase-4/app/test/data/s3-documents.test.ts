import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { CreateBucketCommand, DeleteBucketCommand, DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { documentKey, type Document } from '../../src/documents/document.ts';
import { s3Client, s3Documents } from '../../src/documents/s3-documents.ts';
import type { DocumentStore } from '../../src/documents/store.ts';
import { settings } from '../support/service.ts';

describe('the bucket of documents', () => {
  const bucket = `documents-${randomUUID()}`;
  const content = Buffer.from('%PDF-1.4 an invoice\n');
  let client: S3Client;
  let store: DocumentStore;
  const made: Document[] = [];

  before(async () => {
    const endpoint = process.env['AWS_ENDPOINT_URL'];
    if (!endpoint) throw new Error('npm run test:data needs AWS_ENDPOINT_URL');
    client = s3Client(endpoint);
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    store = s3Documents({ client, bucket, settings: settings.documents, now: () => new Date() });
  });
  after(async () => {
    for (const document of made)
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: documentKey(document) }));
    await client.send(new DeleteBucketCommand({ Bucket: bucket }));
    client.destroy();
  });

  const announced = (): Document => {
    const document: Document = {
      id: randomUUID(),
      orderId: randomUUID(),
      name: 'invoice 7.pdf',
      contentType: 'application/pdf',
      length: content.length,
      sha256: createHash('sha256').update(content).digest('base64'),
      createdAt: new Date().toISOString(),
      createdBy: 'ada',
    };
    made.push(document);
    return document;
  };

  it('takes what was announced, and gives it back', async () => {
    const document = announced();
    assert.equal(await store.look(document), undefined);
    const { method, url, headers } = await store.upload(document);
    const put = await fetch(url, { method, headers, body: content });
    assert.equal(put.status, 200, await put.text());
    assert.deepEqual(await store.look(document), { length: content.length, contentType: 'application/pdf' });
    const got = await fetch((await store.download(document)).url);
    assert.deepEqual(Buffer.from(await got.arrayBuffer()), content);
    assert.equal(got.headers.get('content-disposition'), 'attachment; filename="invoice 7.pdf"');
  });

  it('signs type, length, digest and "only once" of an upload', async () => {
    const { url, headers } = await store.upload(announced());
    const signed = new URL(url).searchParams.get('X-Amz-SignedHeaders')?.split(';');
    assert.deepEqual(signed, ['content-length', 'content-type', 'host', 'if-none-match', 'x-amz-checksum-sha256']);
    assert.deepEqual(
      Object.keys(headers).sort(),
      signed.filter((name) => name !== 'host'),
    );
    assert.equal(new URL(url).searchParams.get('X-Amz-Expires'), '300');
  });

  it('refuses another content than was announced', async () => {
    const document = announced();
    const { method, url, headers } = await store.upload(document);
    const other = Buffer.from(content.toString().replace('invoice', 'INVOICE'));
    const put = await fetch(url, { method, headers, body: other });
    assert.equal(put.status, 400);
    assert.equal(await store.look(document), undefined);
  });

  it('refuses to write a document twice', async () => {
    const { method, url, headers } = await store.upload(announced());
    assert.equal((await fetch(url, { method, headers, body: content })).status, 200);
    assert.equal((await fetch(url, { method, headers, body: content })).status, 412);
  });
});
