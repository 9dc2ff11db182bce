import assert from 'node:assert/strict';
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { describe, it } from 'mocha';
import { done, PATIENCE_MS } from '../support/api.mjs';
import { announce, attach, content, place } from '../support/orders.mjs';
import { tokenOf } from '../support/people.mjs';
import { bucket, itemOf } from '../support/stores.mjs';

const keyOf = ({ id, orderId }) => `documents/${orderId}/${id}`;

describe('documents between API, table and bucket', () => {
  it('a document that is announced is in the table, beside its order', async () => {
    const order = await place();
    const { document } = await announce(order, content());
    const item = await itemOf(`ORDER#${order.id}`, `DOCUMENT#${document.id}`);
    assert.deepEqual([item.entity.S, item.sha256.S], ['document', document.sha256]);
  });

  it('a document that is uploaded is in the bucket, with its type and encrypted', async () => {
    const bytes = content();
    const document = await attach(await place(), bytes);
    const { client, Bucket } = bucket();
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: keyOf(document) }));
    assert.deepEqual(
      [head.ContentLength, head.ContentType, head.ServerSideEncryption],
      [bytes.length, 'application/pdf', 'aws:kms'],
    );
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: keyOf(document) }));
    assert.deepEqual(Buffer.from(await Body.transformToByteArray()), bytes);
  });

  it('a document comes back as it was uploaded, under its name', async () => {
    const bytes = content();
    const { id, orderId } = await attach(await place(), bytes);
    const path = { orderId, documentId: id };
    const { download } = await done('getDocument', { token: await tokenOf('viewer'), path });
    const answer = await fetch(download.url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-disposition'), 'attachment; filename="invoice.pdf"');
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes);
  });

  it('an order names the documents that are attached to it', async () => {
    const order = await place();
    const documents = [await attach(order), await attach(order)];
    const read = await done('getOrder', { token: await tokenOf('viewer'), path: { orderId: order.id } });
    const byId = (a, b) => a.id.localeCompare(b.id);
    assert.deepEqual(read.documents.sort(byId), documents.sort(byId));
  });
});
