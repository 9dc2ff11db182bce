import assert from 'node:assert/strict';
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { startEmulator, type Emulator } from '../../scripts/sandbox/emulator.ts';
import { sandboxEnvironment } from '../../scripts/sandbox/environment.ts';
import { clientFor } from '../support/emulator-stacks.ts';
import { type PhaseHandle, withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { freePort } from '../support/sandbox.ts';

/** A region that no other test uses: clients are shared for each region, and these ask an emulator of their own. */
const REGION = 'eu-west-3';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});

const playbook = `
environments: { development: { region: ${REGION} } }
agents: { Build Agent: { role: '{{stacks.roles.BuilderArn}}' } }
stacks:
  roles: { template: infra/roles.yaml, capabilities: [CAPABILITY_IAM] }
  topic: infra/topic.yaml
milestones:
  '9.1':
    tasks:
      a1: { stacks: [roles] }
      a2: { stacks: [topic] }
`;

const topic = 'Resources: { Topic: { Type: AWS::SNS::Topic } }';

/** The role lacks cloudformation:ExecuteChangeSet. */
const roles = `
Resources:
  Builder:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Action: sts:AssumeRole, Principal: { AWS: !Ref AWS::AccountId } }]
      Policies:
        - PolicyName: deploy
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: [cloudformation:CreateChangeSet, cloudformation:Describe*, cloudformation:GetTemplate]
                Resource: !Sub arn:\${AWS::Partition}:cloudformation:*:\${AWS::AccountId}:stack/small-roles-*
Outputs:
  Builder: { Value: !Ref Builder }
  BuilderArn: { Value: !GetAtt Builder.Arn }
`;

describe('an agent with a role that the phase makes', function () {
  this.timeout(90_000);
  let environment: NodeJS.ProcessEnv;
  let emulator: Emulator;

  before(async () => {
    // Not before: other tests set it for an emulator that all of them share.
    environment = { ...process.env };
    emulator = await startEmulator({ port: await freePort(), resourceDelay: 0, auth: true });
    Object.assign(process.env, sandboxEnvironment({ emulator: emulator.url }));
  });

  after(async () => {
    for (const name of Object.keys(process.env)) if (!(name in environment)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, environment);
    await emulator.stop();
  });

  it('blocks with the name of the permission that the role lacks, and goes on by retry when it has it', async () => {
    const files = { 'infra/roles.yaml': roles, 'infra/topic.yaml': topic };
    await withWorker(
      { phases: { 'small-roles': { 'plan.md': plan, 'playbook.yaml': playbook, ...files } } },
      async ({ start }) => {
        const phase = await start({ phase: 'small-roles' });
        for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
        // The worker itself has deployed the stack of the role: the role was not there.
        await phase.untilOnDesk('9.1/a2', 'blocked');
        assert.match(
          await reasonOf(phase),
          /assumed-role\/[\w-]*Builder[\w-]*\/small-roles-9\.1-a2 is not authorized to perform: cloudformation:ExecuteChangeSet/,
        );
        await allow('cloudformation:ExecuteChangeSet');
        await phase.say('retry', { task: '9.1/a2', by: 'lee' });
        await phase.untilOpen('9.1/exit');
        await phase.workflow.terminate();
      },
    );
    const { StackStatus } = await stack('small-roles-development-topic');
    assert.equal(StackStatus, 'CREATE_COMPLETE');
  });

  async function reasonOf(phase: PhaseHandle): Promise<string> {
    const { desk } = await phase.status();
    return desk.find(({ waits }) => waits === 'blocked')?.reason ?? '';
  }

  async function stack(StackName: string) {
    const client = new CloudFormationClient({ ...clientFor(emulator), region: REGION });
    const { Stacks: [found] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    return found ?? assert.fail(`${StackName} does not exist`);
  }

  /** As an administrator does who has read why the task is blocked. */
  async function allow(Action: string): Promise<void> {
    const { Outputs = [] } = await stack('small-roles-development-roles');
    const RoleName = Outputs.find(({ OutputKey }) => OutputKey === 'Builder')?.OutputValue ?? '';
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
    });
    const client = new IAMClient(clientFor(emulator));
    await client.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'more', PolicyDocument }));
  }
});
