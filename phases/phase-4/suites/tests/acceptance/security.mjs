import assert from 'node:assert/strict';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetBucketEncryptionCommand, GetBucketPolicyCommand, GetPublicAccessBlockCommand } from '@aws-sdk/client-s3';
import { Then, When } from '@cucumber/cucumber';
import { call, PATIENCE_MS, send } from '../support/api.mjs';
import { provoked } from '../support/errors.mjs';
import { attach, place } from '../support/orders.mjs';
import { tokenOf } from '../support/people.mjs';
import { bucket } from '../support/stores.mjs';

const LIST = { state: 'placed', limit: '1' };
const FOREIGN = 'https://evil.example';
const isHere = ({ hostname }) => ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);

const ofBucket = async (Command) => {
  const { client, Bucket } = bucket();
  return client.send(new Command({ Bucket }));
};

Then('the API is reached by TLS, or on this machine alone', () => {
  const url = new URL(process.env.API_URL);
  assert.ok(url.protocol === 'https:' || isHere(url), url.href);
});

Then('the bucket of documents refuses connections without TLS', async () => {
  const { Statement } = JSON.parse((await ofBucket(GetBucketPolicyCommand)).Policy);
  const denial = Statement.find(({ Condition }) => Condition?.Bool?.['aws:SecureTransport'] === 'false');
  assert.deepEqual([denial?.Effect, denial?.Principal, denial?.Action], ['Deny', '*', 's3:*']);
});

Then('the table of orders is encrypted with a key of the system', async () => {
  const command = new DescribeTableCommand({ TableName: process.env.ORDERS_TABLE });
  const { SSEDescription } = (await new DynamoDBClient({}).send(command)).Table;
  assert.deepEqual([SSEDescription.Status, SSEDescription.SSEType], ['ENABLED', 'KMS']);
  assert.match(SSEDescription.KMSMasterKeyArn, /:key\//);
});

Then('documents are encrypted with a key of the system', async () => {
  const { Rules } = (await ofBucket(GetBucketEncryptionCommand)).ServerSideEncryptionConfiguration;
  const { SSEAlgorithm, KMSMasterKeyID } = Rules[0].ApplyServerSideEncryptionByDefault;
  assert.equal(SSEAlgorithm, 'aws:kms');
  assert.match(KMSMasterKeyID, /:key\//);
});

When('a viewer lists orders', async function () {
  this.answer = await call('listOrders', { token: await tokenOf('viewer'), query: LIST });
});

Then('the answer is not to be cached, and its type not to be guessed', function () {
  const { headers } = this.answer;
  assert.deepEqual([headers.get('cache-control'), headers.get('x-content-type-options')], ['no-store', 'nosniff']);
});

When('the orders function fails', async function () {
  this.answer = await provoked['getOrder 500 internal']();
});

Then('the answer names a correlation id, and nothing of the error', function () {
  assert.deepEqual(Object.keys(this.answer.body).sort(), ['correlationId', 'status', 'title', 'type']);
  assert.doesNotMatch(JSON.stringify(this.answer.body), /TypeError|undefined|\.js|\.ts|at /);
});

Then('the bucket of documents blocks public access', async () => {
  const { PublicAccessBlockConfiguration: found } = await ofBucket(GetPublicAccessBlockCommand);
  const { BlockPublicAcls, BlockPublicPolicy, IgnorePublicAcls, RestrictPublicBuckets } = found;
  assert.ok(BlockPublicAcls && BlockPublicPolicy && IgnorePublicAcls && RestrictPublicBuckets, JSON.stringify(found));
});

Then('a document is not read without a signed address', async () => {
  const { id, orderId } = await attach(await place());
  const path = { orderId, documentId: id };
  const { body } = await call('getDocument', { token: await tokenOf('viewer'), path });
  const { origin, pathname } = new URL(body.download.url);
  const { status } = await fetch(`${origin}${pathname}`, { signal: AbortSignal.timeout(PATIENCE_MS) });
  assert.equal(status, 403);
});

Then('what is no operation is not found, also with a token', async () => {
  for (const route of ['GET /', 'GET /admin', 'DELETE /orders', 'GET /openapi.json', 'GET /metrics'])
    assert.equal((await send(route, { token: await tokenOf('admin') })).status, 404, route);
});

Then('a page of another origin may neither ask nor read', async () => {
  const preflight = { origin: FOREIGN, 'access-control-request-method': 'POST' };
  const asked = await send('OPTIONS /orders', { headers: preflight });
  const read = await send('GET /orders', { token: await tokenOf('viewer'), query: LIST, headers: { origin: FOREIGN } });
  for (const { headers } of [asked, read]) assert.equal(headers.get('access-control-allow-origin'), null);
});
