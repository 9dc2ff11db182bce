import assert from 'node:assert/strict';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DescribeChangeSetCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetAliasCommand, LambdaClient, ListAliasesCommand } from '@aws-sdk/client-lambda';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { startEmulator, type Emulator } from '../../scripts/sandbox/emulator.ts';
import { clientFor, type ClientOptions } from '../support/emulator-stacks.ts';
import { freePort } from '../support/sandbox.ts';

describe('the emulator with auth', function () {
  this.timeout(60_000);
  let emulator: Emulator;
  let root: ClientOptions;
  let reader: ClientOptions;

  before(async () => {
    emulator = await startEmulator({ port: await freePort(), resourceDelay: 0, auth: true });
    root = clientFor(emulator);
    const s3 = new S3Client({ ...root, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'orders' }));
    await s3.send(new PutObjectCommand({ Bucket: 'orders', Key: 'one', Body: 'first' }));
    reader = await user('reader', [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::orders/*' }]);
  });

  after(() => emulator.stop());

  it('keeps the access key "test" root', async () => {
    const { Arn } = await new STSClient(root).send(new GetCallerIdentityCommand());
    assert.match(Arn ?? '', /:root$/);
  });

  it('lets a user do what its policy says, and names what it may not', async () => {
    const s3 = new S3Client({ ...reader, forcePathStyle: true });
    const one = { Bucket: 'orders', Key: 'one' };
    assert.equal((await s3.send(new GetObjectCommand(one))).$metadata.httpStatusCode, 200);
    await assert.rejects(s3.send(new PutObjectCommand({ ...one, Body: 'second' })), /reader.*s3:PutObject/);
  });

  it('lets a role do what its policy says, and names the role and the action of what it may not', async () => {
    const iam = new IAMClient(root);
    const RoleName = 'deployer';
    const trust = { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'sts:AssumeRole' };
    const AssumeRolePolicyDocument = document([trust]);
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const PolicyDocument = document([{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::orders/one' }]);
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument }));
    const sts = new STSClient(root);
    const session = { RoleArn: Role?.Arn ?? '', RoleSessionName: 'phase-4' };
    const { Credentials } = await sts.send(new AssumeRoleCommand(session));
    const credentials = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    };
    const s3 = new S3Client({ ...root, credentials, forcePathStyle: true });
    const one = await s3.send(new GetObjectCommand({ Bucket: 'orders', Key: 'one' }));
    assert.equal(one.$metadata.httpStatusCode, 200);
    await assert.rejects(
      s3.send(new GetObjectCommand({ Bucket: 'orders', Key: 'two' })),
      /assumed-role\/deployer\/phase-4 is not authorized to perform: s3:GetObject/,
    );
  });

  it('refuses a wrong signature', async () => {
    const credentials = { ...reader.credentials, secretAccessKey: 'wrong' };
    const s3 = new S3Client({ ...reader, credentials, forcePathStyle: true });
    await assert.rejects(s3.send(new GetObjectCommand({ Bucket: 'orders', Key: 'one' })), /[Ss]ignature/);
  });

  it('takes its plain HTTP for TLS, where a bucket refuses everything else', async () => {
    const s3 = new S3Client({ ...root, forcePathStyle: true });
    const Resource = ['arn:aws:s3:::orders', 'arn:aws:s3:::orders/*'];
    const tlsOnly = {
      ...{ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource },
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    };
    const Policy = document([tlsOnly]);
    await s3.send(new PutBucketPolicyCommand({ Bucket: 'orders', Policy }));
    const { $metadata } = await s3.send(new GetObjectCommand({ Bucket: 'orders', Key: 'one' }));
    assert.equal($metadata.httpStatusCode, 200);
  });

  it('checks a request about a change set on its stack', async () => {
    const deploy = { Effect: 'Allow', Action: 'cloudformation:*', Resource: 'arn:aws:cloudformation:*:*:stack/mine-*' };
    const client = new CloudFormationClient(await user('deployer', [deploy]));
    const made = async (StackName: string) => {
      const { Id } = await new CloudFormationClient(root).send(
        new CreateChangeSetCommand({
          ...{ StackName, ChangeSetName: 'first', ChangeSetType: 'CREATE' },
          TemplateBody: 'Resources: { Topic: { Type: AWS::SNS::Topic } }',
        }),
      );
      return { ChangeSetName: Id ?? assert.fail('no change set') };
    };
    const mine = await made('mine-topic');
    assert.equal((await client.send(new DescribeChangeSetCommand(mine))).StackName, 'mine-topic');
    const others = await made('others-topic');
    await assert.rejects(
      client.send(new DescribeChangeSetCommand(others)),
      /deployer.*cloudformation:DescribeChangeSet/,
    );
  });

  it('tells one alias of a function from the list of them', async () => {
    const one = { Effect: 'Allow', Action: 'lambda:GetAlias', Resource: '*' };
    const client = new LambdaClient(await user('alias-reader', [one]));
    const FunctionName = 'none';
    await assert.rejects(client.send(new GetAliasCommand({ FunctionName, Name: 'live' })), /not found/i);
    await assert.rejects(client.send(new ListAliasesCommand({ FunctionName })), /alias-reader.*lambda:ListAliases/);
  });

  /** Not as on AWS: the role of a stack is recorded, and what CloudFormation does is allowed. */
  it('does not check what CloudFormation does in the role of a stack', async () => {
    const iam = new IAMClient(root);
    const trust = { Effect: 'Allow', Principal: { Service: 'cloudformation.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const role = { RoleName: 'powerless', AssumeRolePolicyDocument: document([trust]) };
    const { Role } = await iam.send(new CreateRoleCommand(role));
    const client = new CloudFormationClient(root);
    const TemplateBody = 'Resources: { Topic: { Type: AWS::SNS::Topic } }';
    const { StackId } = await client.send(
      new CreateStackCommand({ StackName: 'powerless', TemplateBody, RoleARN: Role?.Arn }),
    );
    await waitUntilStackCreateComplete({ client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { StackName: StackId });
  });

  async function user(UserName: string, Statement: readonly object[]): Promise<ClientOptions> {
    const iam = new IAMClient(root);
    await iam.send(new CreateUserCommand({ UserName }));
    const PolicyDocument = document(Statement);
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    };
    return { ...root, credentials };
  }
});

function document(Statement: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}
