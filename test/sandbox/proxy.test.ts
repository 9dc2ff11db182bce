import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { faults, seededFaults, type Fault } from '../../scripts/sandbox/proxy/faults.ts';
import { startProxy, type AwsProxy, type ProxyOptions } from '../../scripts/sandbox/proxy/proxy.ts';
import { emulator } from '../support/emulator.ts';
import { chain } from '../support/stacks.ts';

describe('The proxy in front of the emulator', () => {
  let proxy: AwsProxy;

  afterEach(() => proxy.stop());

  it('passes calls of every protocol on, and counts them by service and operation', async () => {
    const { cloudFormation, dynamo, ec2, s3 } = await clients();
    const bucket = `proxy-${randomUUID()}`;
    await cloudFormation.send(new DescribeStacksCommand({}));
    await dynamo.send(new ListTablesCommand({}));
    await dynamo.send(new ListTablesCommand({}));
    await ec2.send(new DescribeVpcsCommand({}));
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    await s3.send(new HeadBucketCommand({ Bucket: bucket }));
    assert.deepEqual(Object.fromEntries(proxy.journal.counts()), {
      'cloudformation.DescribeStacks': 1,
      'dynamodb.ListTables': 2,
      'ec2.DescribeVpcs': 1,
      's3.PUT': 1,
      's3.HEAD': 1,
    });
  });

  it('passes the service’s own errors on', async () => {
    const { dynamo } = await clients();
    const asked = dynamo.send(new DescribeTableCommand({ TableName: 'missing' }));
    await assert.rejects(asked, { name: 'ResourceNotFoundException' });
  });

  it('throttles in the words of each protocol, so that SDKs take it for what it is and repeat the call', async () => {
    const { cloudFormation, dynamo, ec2, s3 } = await clients({ faults: () => 'throttling' }, { maxAttempts: 2 });
    await assert.rejects(cloudFormation.send(new DescribeStacksCommand({})), { name: 'Throttling' });
    await assert.rejects(dynamo.send(new ListTablesCommand({})), { name: 'ThrottlingException' });
    await assert.rejects(ec2.send(new DescribeVpcsCommand({})), { name: 'RequestLimitExceeded' });
    await assert.rejects(s3.send(new CreateBucketCommand({ Bucket: 'a-bucket' })), { name: 'SlowDown' });
    assert.deepEqual(proxy.journal.faults(), [['throttling', 8]]);
  });

  it('fails as a service does that has failed itself', async () => {
    const { cloudFormation, dynamo, ec2, s3 } = await clients({ faults: () => 'failure' });
    const named = (name: string) => (error: Error) => error.name === name && statusOf(error) === 500;
    await assert.rejects(cloudFormation.send(new DescribeStacksCommand({})), named('InternalFailure'));
    await assert.rejects(dynamo.send(new ListTablesCommand({})), named('InternalFailure'));
    await assert.rejects(ec2.send(new DescribeVpcsCommand({})), named('InternalFailure'));
    await assert.rejects(s3.send(new CreateBucketCommand({ Bucket: 'a-bucket' })), named('InternalError'));
  });

  for (const fault of ['throttling', 'failure', 'reset', 'silence'] as const) {
    it(`${fault}: the service has heard nothing`, async () => {
      const { created, exists } = await createStack(fault);
      assert.equal(created, false);
      assert.equal(exists, false);
      assert.deepEqual(proxy.journal.effects('cloudformation', 'CreateStack'), []);
    });
  }

  it('lost: the service has done it, and its answer does not arrive', async () => {
    const { created, exists } = await createStack('lost');
    assert.equal(created, false);
    assert.equal(exists, true);
    assert.equal(proxy.journal.effects('cloudformation', 'CreateStack').length, 1);
  });

  it('is silent until a client that waits no longer gives up', async () => {
    const giveUp = { requestTimeout: 200, throwOnRequestTimeout: true };
    const { cloudFormation } = await clients(
      { faults: () => 'silence', silenceMs: 30_000 },
      { requestHandler: giveUp },
    );
    await assert.rejects(cloudFormation.send(new DescribeStacksCommand({})), /exceeded the configured 200 ms/);
  });

  it('tells of an answer before the caller hears of it', async () => {
    const told: string[] = [];
    const { cloudFormation } = await clients({ onDone: ({ operation }) => told.push(operation) });
    await cloudFormation.send(new DescribeStacksCommand({})).then(() => told.push('heard'));
    assert.deepEqual(told, ['DescribeStacks', 'heard']);
  });

  it('keeps a call from arriving', async () => {
    const { cloudFormation } = await clients({ arrives: () => false });
    await assert.rejects(cloudFormation.send(new DescribeStacksCommand({})), { code: 'ECONNRESET' });
  });

  /** Has a stack created with that fault, and says whether the caller was told so and whether it is there. */
  async function createStack(fault: Fault): Promise<{ created: boolean; exists: boolean }> {
    const StackName = `proxy-${randomUUID()}`;
    const { cloudFormation } = await clients({
      faults: ({ operation }) => (operation === 'CreateStack' ? fault : undefined),
      silenceMs: 100,
    });
    const request = new CreateStackCommand({ StackName, TemplateBody: chain(1) });
    const created = await settled(cloudFormation.send(request));
    return { created, exists: await settled(cloudFormation.send(new DescribeStacksCommand({ StackName }))) };
  }

  async function clients(options: Omit<ProxyOptions, 'upstream'> = {}, more: object = {}) {
    const { url } = await emulator();
    proxy = await startProxy({ upstream: url, ...options });
    const settings = { endpoint: proxy.url, region: 'eu-west-1', maxAttempts: 1, ...more };
    return {
      cloudFormation: new CloudFormationClient(settings),
      dynamo: new DynamoDBClient(settings),
      ec2: new EC2Client(settings),
      s3: new S3Client({ ...settings, forcePathStyle: true }),
    };
  }
});

describe('Seeded faults', () => {
  const call = (operation: string, stack: string) => ({
    service: 'cloudformation',
    operation,
    protocol: 'query' as const,
    fields: { StackName: stack },
  });

  it('are the same for the same seed, whatever comes between', () => {
    const plan = seededFaults(7, 0.5);
    const interleaved = seededFaults(7, 0.5);
    const alone = times(50, () => plan(call('CreateChangeSet', 'network')));
    const among = times(50, () => {
      interleaved(call('DescribeStacks', 'network'));
      interleaved(call('CreateChangeSet', 'roles'));
      return interleaved(call('CreateChangeSet', 'arn:aws:cloudformation:eu-west-1:000000000000:stack/network/1'));
    });
    assert.deepEqual(among, alone);
    const other = seededFaults(8, 0.5);
    assert.notDeepEqual(
      times(50, () => other(call('CreateChangeSet', 'network'))),
      alone,
    );
  });

  it('are as frequent as stated, and of every kind', () => {
    const plan = seededFaults(1, 0.2);
    const met = times(5000, () => plan(call('DescribeStacks', 'network'))).filter((fault) => fault !== undefined);
    assert.ok(met.length > 850 && met.length < 1150, `${met.length} of 5000`);
    assert.deepEqual(new Set(met), new Set(faults));
  });
});

function times<T>(count: number, action: () => T): T[] {
  return Array.from({ length: count }, action);
}

async function settled(request: Promise<unknown>): Promise<boolean> {
  return request.then(
    () => true,
    () => false,
  );
}

function statusOf(error: Error): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}
