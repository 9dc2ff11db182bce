import assert from 'node:assert/strict';
import {
  AttachRolePolicyCommand,
  CreatePolicyVersionCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { accessCheck } from '../../../src/activities/live/access/index.ts';
import { lookAtAccess } from '../../../src/activities/live/access/look.ts';
import { readLive } from '../../../src/activities/live/environment.ts';
import { sharedClient } from '../../../src/aws/clients.ts';
import { emulator } from '../../support/emulator.ts';
import { LiveStack, region } from '../../support/live.ts';

const policy = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements });
const trust = policy({ Effect: 'Allow', Principal: { AWS: { Ref: 'AWS::AccountId' } }, Action: 'sts:AssumeRole' });
const everything = JSON.stringify(policy({ Effect: 'Allow', Action: '*', Resource: '*' }));
const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';

describe('an access check', () => {
  let live: LiveStack;
  const iam = () => sharedClient(IAMClient, { region });
  const check = async (entry?: object) => (await live.check(accessCheck, entry)).reason;
  before(async () => {
    await emulator();
    live = await LiveStack.deploy({
      Bucket: { Type: 'AWS::S3::Bucket', Properties: {} },
      Reader: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: trust,
          PermissionsBoundary: { Ref: 'Boundary' },
          ManagedPolicyArns: [{ Ref: 'Shared' }, { 'Fn::Sub': 'arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess' }],
          Policies: [
            {
              PolicyName: 'objects',
              PolicyDocument: policy({
                Effect: 'Allow',
                Action: ['s3:GetObject', 's3:PutObject'],
                Resource: { 'Fn::Sub': '${Bucket.Arn}/*' },
              }),
            },
          ],
        },
      },
      Beside: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          PolicyName: 'beside',
          Roles: [{ Ref: 'Reader' }],
          PolicyDocument: policy({ Effect: 'Allow', Action: 'sns:Publish', Resource: '*' }),
        },
      },
      Watcher: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust } },
      List: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          PolicyName: 'list',
          Roles: [{ Ref: 'Reader' }],
          PolicyDocument: policy({
            Effect: 'Allow',
            Action: 's3:ListBucket',
            Resource: { 'Fn::GetAtt': ['Bucket', 'Arn'] },
          }),
        },
      },
      // Limits, and grants nothing.
      Boundary: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: { PolicyDocument: policy({ Effect: 'Allow', Action: ['iam:*', 's3:*', 'sns:*'], Resource: '*' }) },
      },
      Shared: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: { PolicyDocument: policy({ Effect: 'Deny', Action: 'iam:*', Resource: '*' }) },
      },
      Required: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: {
          Roles: [{ Ref: 'Reader' }],
          PolicyDocument: policy({ Effect: 'Deny', Action: 'kms:*', Resource: '*' }),
        },
      },
    });
    // The emulator takes a boundary from the service's own request; its CloudFormation alone passes over it.
    await setBoundary();
  });
  after(() => live.remove());

  async function setBoundary(): Promise<void> {
    const [RoleName, PermissionsBoundary] = [await live.idOf('Reader'), await live.idOf('Boundary')];
    await iam().send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));
  }

  it('passes while roles and policies are as in the templates', async () => {
    const { state, reason } = await live.check(accessCheck);
    assert.equal(state, 'passed', reason);
  });

  it('has IAM simulate what a role may, and may not', async () => {
    const bucket = await live.idOf('Bucket');
    const may = [{ actions: ['s3:GetObject'], on: [`arn:aws:s3:::${bucket}/a`] }, 'sns:Publish'];
    const good = await live.check(accessCheck, {
      roles: { Reader: { may, mayNot: ['iam:CreateUser', 'ec2:RunInstances'] } },
    });
    assert.equal(good.state, 'passed', good.reason);
    const reason = await check({ roles: { Reader: { may: ['ec2:RunInstances'], mayNot: ['sns:Publish'] } } });
    assert.equal(
      reason,
      'development/app Reader ec2:RunInstances is not allowed; development/app Reader sns:Publish is allowed',
    );
    assert.equal(
      await check({ roles: { Writer: { may: ['s3:PutObject'] } } }),
      'development Writer is no role of its stacks',
    );
  });

  it('fails for a policy that no template has, and for an administrator', async () => {
    const RoleName = await live.idOf('Reader');
    await iam().send(new PutRolePolicyCommand({ RoleName, PolicyName: 'more', PolicyDocument: everything }));
    assert.equal(
      await check(),
      'development/app Reader has policy more, which no template gives it; development/app Reader is administrator of everything by more',
    );
    await iam().send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'more' }));
  });

  it('fails for a policy that was widened, or is gone', async () => {
    const RoleName = await live.idOf('Reader');
    const wide = JSON.stringify(policy({ Effect: 'Allow', Action: ['s3:*'], Resource: '*' }));
    await iam().send(new PutRolePolicyCommand({ RoleName, PolicyName: 'objects', PolicyDocument: wide }));
    assert.equal(await check(), 'development/app Reader has policy objects changed');
    await iam().send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'objects' }));
    assert.equal(await check(), 'development/app Reader lacks policy "objects"');
    const asBefore = policy({
      Effect: 'Allow',
      Action: ['s3:PutObject', 's3:GetObject'],
      Resource: `arn:aws:s3:::${await live.idOf('Bucket')}/*`,
    });
    await iam().send(
      new PutRolePolicyCommand({ RoleName, PolicyName: 'objects', PolicyDocument: JSON.stringify(asBefore) }),
    );
    assert.match(await check(), /all as they should be/);
  });

  it('fails for what is attached, or detached, beside the templates', async () => {
    const RoleName = await live.idOf('Reader');
    const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
    await iam().send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    assert.match(
      await check(),
      /has \S+AdministratorAccess attached, which no template gives it; .* is administrator by/,
    );
    await iam().send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    await iam().send(new DetachRolePolicyCommand({ RoleName, PolicyArn: readOnly }));
    assert.match(await check(), /Reader lacks .*ReadOnlyAccess/);
    await iam().send(new AttachRolePolicyCommand({ RoleName, PolicyArn: readOnly }));
  });

  it('fails for a policy of the environment on a role that no template gives it to', async () => {
    const RoleName = await live.idOf('Watcher');
    const PolicyArn = await live.idOf('Shared');
    await iam().send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    const PolicyDocument = JSON.stringify(policy({ Effect: 'Allow', Action: 'sns:Publish', Resource: '*' }));
    await iam().send(new PutRolePolicyCommand({ RoleName, PolicyName: 'beside', PolicyDocument }));
    assert.equal(
      await check(),
      `development/app Watcher has ${PolicyArn} attached, which no template gives it; ` +
        'development/app Watcher has policy beside, which no template gives it',
    );
    await iam().send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    await iam().send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'beside' }));
  });

  it('fails for a policy that another resource of the templates gives to the role, and that is gone', async () => {
    const RoleName = await live.idOf('Reader');
    for (const name of ['Required', 'Shared']) {
      const PolicyArn = await live.idOf(name);
      await iam().send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
      assert.equal(await check(), `development/app Reader lacks ${PolicyArn}`);
      await iam().send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    }
    const { PolicyDocument = '' } = await iam().send(new GetRolePolicyCommand({ RoleName, PolicyName: 'beside' }));
    await iam().send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'beside' }));
    assert.equal(await check(), 'development/app Reader lacks policy "beside"');
    const asBefore = { RoleName, PolicyName: 'beside', PolicyDocument: decodeURIComponent(PolicyDocument) };
    await iam().send(new PutRolePolicyCommand(asBefore));
  });

  it('fails for a wildcard where the template refers to one thing', async () => {
    const RoleName = await live.idOf('Reader');
    const { PolicyDocument = '' } = await iam().send(new GetRolePolicyCommand({ RoleName, PolicyName: 'list' }));
    const wide = JSON.stringify(policy({ Effect: 'Allow', Action: 's3:ListBucket', Resource: '*' }));
    await iam().send(new PutRolePolicyCommand({ RoleName, PolicyName: 'list', PolicyDocument: wide }));
    assert.equal(await check(), 'development/app Reader has policy list changed');
    const asBefore = { RoleName, PolicyName: 'list', PolicyDocument: decodeURIComponent(PolicyDocument) };
    await iam().send(new PutRolePolicyCommand(asBefore));
  });

  it('fails when another account may assume the role', async () => {
    const RoleName = await live.idOf('Watcher');
    const of = (account: string) =>
      JSON.stringify(
        policy({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' }),
      );
    await iam().send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: of('666666666666') }));
    assert.equal(await check(), 'development/app Watcher is assumed by others than its template says');
    await iam().send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: of('000000000000') }));
    assert.match(await check(), /all as they should be/);
  });

  it('fails when somebody else may assume the role', async () => {
    const RoleName = await live.idOf('Reader');
    const open = policy({ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' });
    await iam().send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: JSON.stringify(open) }));
    assert.equal(
      await check(),
      'development/app Reader can be assumed by everybody; development/app Reader is assumed by others than its template says',
    );
  });

  it('fails without the boundary, and with another', async () => {
    const RoleName = await live.idOf('Reader');
    const PermissionsBoundary = await live.idOf('Required');
    await iam().send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));
    assert.match(await check(), /Reader has another boundary than its template says/);
    await iam().send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
    assert.match(await check(), /Reader lacks its boundary/);
    await setBoundary();
  });

  it('fails for a managed policy in another version', async () => {
    const PolicyArn = await live.idOf('Shared');
    await iam().send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: everything, SetAsDefault: true }));
    assert.match(await check(), /development\/app Shared is not as in its template/);
  });
});

describe('an access check of roles and policies in two stacks', () => {
  let roles: LiveStack;
  let policies: LiveStack;
  before(async () => {
    await emulator();
    const Properties = { AssumeRolePolicyDocument: trust };
    roles = await LiveStack.deploy(
      { Reader: { Type: 'AWS::IAM::Role', Properties }, Other: { Type: 'AWS::IAM::Role', Properties } },
      { Reader: { Value: { Ref: 'Reader' }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}-Reader' } } } },
    );
    const Roles = [{ 'Fn::ImportValue': `${roles.stackName}-Reader` }];
    const PolicyDocument = policy({ Effect: 'Deny', Action: 'kms:*', Resource: '*' });
    policies = await LiveStack.deploy({
      Required: { Type: 'AWS::IAM::ManagedPolicy', Properties: { Roles, PolicyDocument } },
      Beside: { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'beside', Roles, PolicyDocument } },
    });
  });
  after(async () => {
    await policies.remove();
    await roles.remove();
  });

  async function look(): Promise<string[]> {
    const stacks = [
      { stack: 'roles', stackName: roles.stackName },
      { stack: 'policies', stackName: policies.stackName },
    ];
    const { signal } = new AbortController();
    const { live } = await readLive({ name: 'development', region, stacks, signal });
    const findings = await lookAtAccess({})(live);
    return findings.filter(({ state }) => state !== 'holds').map(({ subject, says }) => `${subject} ${says}`);
  }

  it('follows imports to the role that has them, and to no other', async () => {
    const iam = sharedClient(IAMClient, { region });
    assert.deepEqual(await look(), []);
    const [PolicyArn, reader, other] = [
      await policies.idOf('Required'),
      await roles.idOf('Reader'),
      await roles.idOf('Other'),
    ];
    await iam.send(new DetachRolePolicyCommand({ RoleName: reader, PolicyArn }));
    await iam.send(new AttachRolePolicyCommand({ RoleName: other, PolicyArn }));
    await iam.send(new DeleteRolePolicyCommand({ RoleName: reader, PolicyName: 'beside' }));
    assert.deepEqual(
      (await look()).sort(),
      [
        `development/roles Other has ${PolicyArn} attached, which no template gives it`,
        `development/roles Reader lacks ${PolicyArn}`,
        'development/roles Reader lacks policy "beside"',
      ].sort(),
    );
  });
});
