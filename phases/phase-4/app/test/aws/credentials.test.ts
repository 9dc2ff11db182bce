import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { credentialsOf } from '../support/credentials.ts';
import { removePeople, signUp } from '../support/people.ts';

/** Needs an identity pool that chooses the role by group. ministack gives everybody the role for signed-in people. */
describe('AWS credentials by group', function () {
  this.timeout(60_000);
  after(removePeople);
  const denied = { name: 'AccessDenied' };

  it('reach the own drafts of an operator, and nothing else', async () => {
    const { client, identity, Bucket } = await credentialsOf(await signUp('operator'));
    await client.send(new PutObjectCommand({ Bucket, Key: `drafts/${identity}/a.txt`, Body: 'a' }));
    await client.send(new GetObjectCommand({ Bucket, Key: `drafts/${identity}/a.txt` }));
    for (const Key of [`drafts/${randomUUID()}/a.txt`, 'documents/a/b', 'shared/a.txt'])
      await assert.rejects(client.send(new PutObjectCommand({ Bucket, Key, Body: 'a' })), denied, Key);
    await assert.rejects(client.send(new GetObjectCommand({ Bucket, Key: 'documents/a/b' })), denied);
  });

  it('are not given to who is in no group', async () => {
    await assert.rejects(credentialsOf(await signUp()));
  });
});
