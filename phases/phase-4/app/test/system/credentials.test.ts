import assert from 'node:assert/strict';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { credentialsOf } from '../support/credentials.ts';
import { removePeople, signUp } from '../support/people.ts';

describe('AWS credentials of a viewer', function () {
  this.timeout(60_000);
  after(removePeople);

  it('write nothing, and read neither documents nor the bucket', async () => {
    const denied = { name: 'AccessDenied' };
    const { client, identity, Bucket } = await credentialsOf(await signUp('viewer'));
    for (const Key of [`drafts/${identity}/a.txt`, 'documents/a/b', 'shared/a.txt'])
      await assert.rejects(client.send(new PutObjectCommand({ Bucket, Key, Body: 'a' })), denied, Key);
    await assert.rejects(client.send(new GetObjectCommand({ Bucket, Key: 'documents/a/b' })), denied);
    await assert.rejects(client.send(new ListObjectsV2Command({ Bucket })), denied);
  });
});
