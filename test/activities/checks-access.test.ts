import assert from 'node:assert/strict';
import {
  AttachRolePolicyCommand,
  CreatePolicyVersionCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { accessCheck } from '../../src/activities/access-check.ts';
import { sharedClient } from '../../src/aws/clients.ts';
import { emulator } from '../support/emulator.ts';
import { LiveStack, region } from '../support/live.ts';

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
      // Limits, and grants nothing.
      Boundary: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: { PolicyDocument: policy({ Effect: 'Allow', Action: ['iam:*', 's3:*', 'sns:*'], Resource: '*' }) },
      },
      Shared: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: { PolicyDocument: policy({ Effect: 'Deny', Action: 'iam:*', Resource: '*' }) },
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
      'development/app Reader has policy more, which is in no template; development/app Reader is administrator of everything by more',
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
    assert.match(await check(), /has \S+AdministratorAccess attached, which is in no template; .* is administrator by/);
    await iam().send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    await iam().send(new DetachRolePolicyCommand({ RoleName, PolicyArn: readOnly }));
    assert.match(await check(), /Reader lacks .*ReadOnlyAccess/);
    await iam().send(new AttachRolePolicyCommand({ RoleName, PolicyArn: readOnly }));
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

  it('fails without the boundary', async () => {
    const RoleName = await live.idOf('Reader');
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
