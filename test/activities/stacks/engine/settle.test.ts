import assert from 'node:assert/strict';
import {
  createChangeSet,
  findChangeSet,
  type ChangeSetContents,
} from '../../../../src/activities/stacks/engine/change-set.ts';
import { deployStack } from '../../../../src/activities/stacks/engine/deploy.ts';
import { OperationNames, type StackDeployment } from '../../../../src/activities/stacks/engine/deployment.ts';
import { settleStack } from '../../../../src/activities/stacks/engine/settle.ts';
import { describeStack } from '../../../../src/activities/stacks/engine/stack.ts';
import { emulator } from '../../../support/emulator.ts';
import { chain, TestStack } from '../../../support/stacks.ts';

describe('settleStack', () => {
  let stack: TestStack;

  before(emulator);
  beforeEach(async () => {
    stack = await TestStack.create();
  });
  afterEach(() => stack.remove());

  it('cancels an update that the deployment began, and waits until it has rolled back', async () => {
    await deployStack(await stack.deployment(chain(16)));
    const deployment = await stack.deployment(chain(16, 'second'), { protected: true });
    await interruptAtFirstResource(deployment);
    assert.equal(await settleStack(deployment), 'stopped; it ended as UPDATE_ROLLBACK_COMPLETE');
    assert.equal(await settleStack(deployment), 'it had ended as UPDATE_ROLLBACK_COMPLETE already');
  });

  it('deletes a stack that the deployment was creating', async () => {
    const deployment = await stack.deployment(chain(16));
    await interruptAtFirstResource(deployment);
    assert.equal(await settleStack(deployment), 'stopped; it ended as DELETE_COMPLETE');
    assert.equal(await describeStack(deployment), undefined);
    assert.match(await settleStack(deployment), /nothing had been begun|had ended as DELETE_COMPLETE already/);
  });

  it('leaves a protected stack to be created', async () => {
    const deployment = await stack.deployment(chain(16), { protected: true });
    await interruptAtFirstResource(deployment);
    assert.match(await settleStack(deployment), /protected, so its creation goes on/);
    assert.equal((await deployStack(deployment)).outcome, 'created');
  });

  it('deletes a change set that was never executed', async () => {
    await deployStack(await stack.deployment(chain(1)));
    const deployment = await stack.deployment(chain(2));
    const names = new OperationNames(deployment);
    await createChangeSet(deployment, names, contents('UPDATE', chain(2)));
    assert.match(await settleStack(deployment), /change set was deleted/);
    assert.equal(await findChangeSet(deployment, names.changeSet), undefined);
  });

  it('deletes the empty stack as well that a withdrawn creation leaves', async () => {
    const deployment = await stack.deployment(chain(2));
    const names = new OperationNames(deployment);
    await createChangeSet(deployment, names, contents('CREATE', chain(2)));
    assert.match(await settleStack(deployment), /change set was deleted/);
    const left = await describeStack(deployment);
    assert.ok(left === undefined || left.StackStatus === 'DELETE_COMPLETE', left?.StackStatus);
  });

  // The emulator lists events at once; AWS does not.
  it('looks again while its change set has been executed and no event of it is listed yet', async () => {
    const deployment = await stack.deployment(chain(1));
    const { execute: executeToken } = new OperationNames(deployment);
    let looks = 0;
    const answers: { readonly [command: string]: () => object } = {
      DescribeStacksCommand: () => ({
        Stacks: [{ StackId: 'arn:stack', StackStatus: looks < 4 ? 'UPDATE_IN_PROGRESS' : 'UPDATE_ROLLBACK_COMPLETE' }],
      }),
      DescribeStackEventsCommand: () => {
        looks += 1;
        const event = { ClientRequestToken: executeToken, StackId: 'arn:stack', PhysicalResourceId: 'arn:stack' };
        const begun = { ...event, EventId: '1', ResourceStatus: 'UPDATE_IN_PROGRESS', Timestamp: new Date(1) };
        return { StackEvents: looks < 3 ? [] : [{ ...begun, ResourceType: 'AWS::CloudFormation::Stack' }] };
      },
      DescribeChangeSetCommand: () => ({ ChangeSetId: 'arn:set', ExecutionStatus: 'EXECUTE_IN_PROGRESS' }),
      CancelUpdateStackCommand: () => {
        looks = 4;
        return {};
      },
    };
    const send = async (command: object) => answers[command.constructor.name]?.();
    const client = { send } as unknown as StackDeployment['client'];
    assert.equal(await settleStack({ ...deployment, client }), 'stopped; it ended as UPDATE_ROLLBACK_COMPLETE');
  });

  it("leaves alone what somebody else's deployment does", async () => {
    const theirs = await stack.deployment(chain(16));
    await interruptAtFirstResource(theirs);
    assert.equal(await settleStack({ ...theirs, identity: 'another' }), 'nothing had been begun');
    assert.equal((await deployStack(theirs)).outcome, 'created');
  });
});

/** With more resources than a busy machine can let pass before it has looked. */
async function interruptAtFirstResource(deployment: StackDeployment): Promise<void> {
  const cancelled = new AbortController();
  const deploying = deployStack(
    { ...deployment, signal: cancelled.signal },
    {
      onProgress: ({ resource }) => {
        if (resource !== undefined) cancelled.abort(new Error('cancelled'));
      },
    },
  );
  await assert.rejects(deploying, /cancelled/);
}

function contents(type: 'CREATE' | 'UPDATE', TemplateBody: string): ChangeSetContents {
  return { type, token: 'token', source: { TemplateBody }, parameters: [], includeNested: false };
}
