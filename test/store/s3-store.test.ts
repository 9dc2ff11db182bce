import assert from 'node:assert/strict';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readRuns } from '../../src/record/files.ts';
import { openStore } from '../../src/store/open.ts';
import { emulator } from '../support/emulator.ts';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { verify } from '../support/verify.ts';

const BUCKET = 'phasegate-records';
const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});

describe('records in S3', () => {
  let client: S3Client;

  before(async function () {
    this.timeout(120_000);
    await emulator();
    client = new S3Client({ forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  });

  after(() => {
    client.destroy();
  });

  async function keys(prefix: string): Promise<string[]> {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }));
    return Contents.map(({ Key = '' }) => Key);
  }

  it('are written and read below the prefix', async () => {
    const store = await openStore(`s3://${BUCKET}/some/where/`);
    await store.write('a/b.json', '{"ä":1}');
    await store.write('a/b.json', '{"ä":2}');
    assert.equal(await store.read('a/b.json'), '{"ä":2}');
    assert.equal(await store.read('a/c.json'), undefined);
    assert.deepEqual(await keys('some/'), ['some/where/a/b.json']);
  });

  it('that are named after their content are written once', async () => {
    const store = await openStore(`s3://${BUCKET}/once`);
    await store.writeOnce('digest.json', 'first');
    await store.writeOnce('digest.json', 'second');
    assert.equal(await store.read('digest.json'), 'first');
  });

  it('hold a file for each line that would be added to one', async () => {
    const store = await openStore(`s3://${BUCKET}/lines`);
    await store.add('notices.jsonl', 'n1', '{"n":1}');
    await store.add('notices.jsonl', 'n2', '{"n":2}');
    assert.deepEqual(await keys('lines/'), ['lines/notices.jsonl/n1.json', 'lines/notices.jsonl/n2.json']);
  });

  it('in a bucket that does not exist are for a person to mend', async () => {
    const store = await openStore('s3://phasegate-nowhere');
    await assert.rejects(store.write('a.json', '{}'), {
      name: 'PermanentError',
      message: /^s3:\/\/phasegate-nowhere\/a\.json: NoSuchBucket/,
    });
    await assert.rejects(openStore('s3://Not_A_Bucket'), { name: 'PermanentError', message: /names no bucket/ });
  });

  it('hold the hand-over and the histories of a phase, from which it is verified', async () => {
    const records = `s3://${BUCKET}/phases`;
    await withWorker({ records, phases: { small: { 'plan.md': plan } } }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
      for (const task of ['9.1/a1', '9.1/a2']) await phase.complete(task);
      for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate);
      const { handover } = await phase.workflow.result();
      assert.ok((await keys('phases/')).includes(`phases/${handover.where}`));
      const { where } = (await harness.client.workflow.getHandle(`${phase.id}:archive`).result()) as { where: string };
      const found = await verify(await readRuns([`${records}/${where}`]));
      assert.ok(!('reason' in found), JSON.stringify(found));
      const [history = ''] = (await keys(`phases/${where}/`)).filter((key) => !key.endsWith('index.json'));
      await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: history, Body: 'something else' }));
      await assert.rejects(readRuns([`${records}/${where}`]), /has been changed/);
    });
  });
});
