import assert from 'node:assert/strict';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  ListChangeSetsCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { PermanentError } from '../../../../src/base/errors.ts';
import { cloudFormation } from '../../../../src/aws/clients.ts';
import { deployed as deployStack } from '../../../support/deployed.ts';
import type { StackProgress } from '../../../../src/activities/stacks/engine/follow.ts';
import { describeStack } from '../../../../src/activities/stacks/engine/stack.ts';
import { emulator } from '../../../support/emulator.ts';
import { chain, TestStack } from '../../../support/stacks.ts';

/** Fails on its second resource, after the first was created. */
const failing = JSON.stringify({
  Resources: {
    Fine: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: 'fine' } },
    Broken: {
      Type: 'AWS::IAM::Policy',
      DependsOn: 'Fine',
      Properties: { PolicyName: 'p', Roles: ['nobody'], PolicyDocument: { Version: '2012-10-17', Statement: [] } },
    },
  },
});

describe('deployStack', () => {
  let stack: TestStack;

  before(emulator);
  beforeEach(async () => {
    stack = await TestStack.create();
  });
  afterEach(() => stack.remove());

  it('creates, updates, and leaves a stack alone that is as wanted', async () => {
    const created = await deployStack(await stack.deployment(chain(2), { parameters: { Word: 'one' } }));
    assert.deepEqual(
      [created.outcome, created.status, created.outputs['Word'], created.resources],
      ['created', 'CREATE_COMPLETE', 'one', 2],
    );

    const updated = await deployStack(await stack.deployment(chain(3)));
    assert.deepEqual([updated.outcome, updated.outputs['Word']], ['updated', 'none']);
    assert.equal(updated.stackId, created.stackId);

    const again = await deployStack(await stack.deployment(chain(3)));
    assert.deepEqual([again.outcome, again.outputs['Word']], ['unchanged', 'none']);
    assert.deepEqual(await pendingChangeSets(), [], 'a change set without changes is not left behind');
  });

  it('tells live what happens, with how much is done of how much', async () => {
    const told: StackProgress[] = [];
    await deployStack(await stack.deployment(chain(3)), { onProgress: (progress) => told.push(progress) });
    assert.deepEqual(
      told
        .filter(({ status, resource }) => status === 'CREATE_COMPLETE' && resource)
        .map(({ resource, done, total }) => [resource, done, total]),
      [1, 2, 3].map((done) => [`Link${done}`, done, 3]),
    );
  });

  it('names the root cause, and how to go on, when a stack cannot be created', async () => {
    const deployment = await stack.deployment(failing);
    await assert.rejects(deployStack(deployment), (error: Error) => {
      assert.ok(error instanceof PermanentError);
      assert.match(error.message, /ended as ROLLBACK_COMPLETE: AWS::IAM::Policy Broken: .*nobody/);
      assert.match(error.message, new RegExp(`delete-stack --stack-name ${stack.stackName} --region eu-west-1`));
      return true;
    });
    // What is left takes no update: a new deployment says so, and an attempt of the same one repeats its cause.
    await assert.rejects(deployStack(await stack.deployment(chain(1))), /ROLLBACK_COMPLETE, and takes no update/);
    await assert.rejects(deployStack(deployment), /Broken/);
  });

  it('names the root cause when an update was rolled back', async () => {
    await deployStack(await stack.deployment(chain(1)));
    await assert.rejects(
      deployStack(await stack.deployment(failing)),
      /ended as UPDATE_ROLLBACK_COMPLETE: AWS::IAM::Policy Broken: .*Mend the cause and send retry\./,
    );
    const mended = await deployStack(await stack.deployment(chain(2)));
    assert.equal(mended.outcome, 'updated');
  });

  it('follows what an interrupted attempt began, and begins nothing twice', async () => {
    const interruption = new AbortController();
    const deployment = await stack.deployment(chain(6));
    const reason = new Error('the worker goes down');
    const interrupted = deployStack(
      { ...deployment, signal: interruption.signal },
      {
        onProgress: ({ done }) => {
          if (done === 1) interruption.abort(reason);
        },
      },
    );
    await assert.rejects(interrupted, (error) => error === reason);
    assert.equal((await describeStack(deployment))?.StackStatus, 'CREATE_IN_PROGRESS');

    // The template may change meanwhile: what runs is what was begun.
    await stack.deployment(chain(7));
    const deployed = await deployStack(deployment);
    assert.deepEqual([deployed.outcome, deployed.resources], ['created', 6]);
    assert.equal(await operationCount(), 1);

    const repeated = await deployStack(deployment);
    assert.deepEqual([repeated.outcome, repeated.resources], ['created', 6]);
    assert.equal(await operationCount(), 1);
  });

  it('goes on from where it was when the answers to its requests were lost', async () => {
    const client = new CloudFormationClient({ region: 'eu-west-1' });
    let loses = true;
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const answer = await next(args);
          if (!loses || !/^(Create|Execute)ChangeSetCommand$/.test(commandName ?? '')) return answer;
          loses = false;
          throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
        },
      { step: 'initialize' },
    );
    const deployment = await stack.deployment(chain(3), { client });
    await assert.rejects(deployStack(deployment), /cannot be reached \(ECONNRESET\)/);
    loses = true;
    await assert.rejects(deployStack(deployment), /ECONNRESET/);
    assert.equal((await deployStack(deployment)).outcome, 'created');
    assert.equal(await operationCount(), 1);
  });

  it("waits for somebody else's operation, then does its own", async () => {
    const client = cloudFormation('eu-west-1');
    await client.send(new CreateStackCommand({ StackName: stack.stackName, TemplateBody: chain(4) }));
    const told: string[] = [];
    const deployed = await deployStack(await stack.deployment(chain(5)), {
      onProgress: ({ status }) => told.push(status),
    });
    assert.match(told[0]!, /waits for another operation: CREATE_IN_PROGRESS/);
    assert.equal(deployed.outcome, 'updated');
  });

  it('takes no template but the one that was compiled', async () => {
    const deployment = await stack.deployment(chain(1));
    await stack.deployment(chain(2));
    await assert.rejects(deployStack(deployment), /stack\.json has changed since the phase started; send retry/);
    await stack.deployment('Resources: [');
    await assert.rejects(
      deployStack(deployment),
      /has changed since the phase started, and cannot be read: .*Mend it and/,
    );
    const missing = { ...deployment, template: { ...deployment.template, path: 'gone.yaml', digest: null } };
    await assert.rejects(deployStack(missing), /gone\.yaml does not exist in the phase folder/);
    await assert.rejects(deployStack(await stack.deployment(chain(1000))), /takes at most 51200/);
    assert.equal(await describeStack(deployment), undefined, 'nothing was created');
  });

  it('passes a template that is too large for a request through a bucket', async () => {
    const Bucket = `templates-${stack.stackName}`;
    const s3 = new S3Client({ region: 'eu-west-1', forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket }));
    const large = JSON.stringify({ Metadata: { Padding: 'x'.repeat(60_000) }, ...(JSON.parse(chain(1)) as object) });
    const deployment = await stack.deployment(large, { settings: { templateBucket: Bucket } });
    assert.equal((await deployStack(deployment)).outcome, 'created');
    assert.equal((await deployStack({ ...deployment, identity: 'another' })).outcome, 'unchanged');
  });

  it('fails for good on what CloudFormation refuses', async () => {
    const choosy = chain(1).replace('"Default":"none"', '"AllowedValues":["a"]');
    await assert.rejects(deployStack(await stack.deployment(choosy, { parameters: { Word: 'b' } })), (error: Error) => {
      assert.ok(error instanceof PermanentError);
      assert.match(error.message, /ValidationError: .*Word/);
      return true;
    });
  });

  async function pendingChangeSets() {
    const { Summaries = [] } = await cloudFormation('eu-west-1').send(
      new ListChangeSetsCommand({ StackName: stack.stackName }),
    );
    return Summaries.filter(({ ExecutionStatus }) => ExecutionStatus !== 'EXECUTE_COMPLETE');
  }

  /** How often anybody has begun to change the stack. */
  async function operationCount(): Promise<number> {
    const { StackEvents = [] } = await cloudFormation('eu-west-1').send(
      new DescribeStackEventsCommand({ StackName: stack.stackName }),
    );
    return StackEvents.filter(
      ({ StackId, PhysicalResourceId, ResourceStatus = '' }) =>
        StackId === PhysicalResourceId && /^(CREATE|UPDATE)_IN_PROGRESS$/.test(ResourceStatus),
    ).length;
  }
});
