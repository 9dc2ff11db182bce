import assert from 'node:assert/strict';
import {
  CancelUpdateStackCommand,
  ContinueUpdateRollbackCommand,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeEventsCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  type CloudFormationClient,
  type CreateChangeSetCommandInput,
} from '@aws-sdk/client-cloudformation';
import { FakeServer } from './server.ts';
import { bucket, templateOf } from './support.ts';

const NAME = 'net';

describe('the fake CloudFormation', () => {
  let fake: FakeServer;
  let client: CloudFormationClient;

  beforeEach(async () => {
    fake = await FakeServer.start();
    client = fake.client();
  });
  afterEach(() => fake.stop());

  it('creates through a change set, which is then found by its id alone', async () => {
    const id = await prepare('CREATE', templateOf({ A: bucket() }));
    assert.equal(await status(), 'REVIEW_IN_PROGRESS');
    await execute(id);
    assert.equal(await settle(), 'CREATE_COMPLETE');
    const { ExecutionStatus } = await client.send(new DescribeChangeSetCommand({ ChangeSetName: id }));
    assert.equal(ExecutionStatus, 'EXECUTE_COMPLETE');
    await assert.rejects(client.send(new DescribeChangeSetCommand({ ChangeSetName: 'set', StackName: NAME })), {
      name: 'ChangeSetNotFoundException',
    });
    assert.deepEqual(fake.effects, ['CreateChangeSet', 'ExecuteChangeSet']);
  });

  it('answers a repeated CreateChangeSet with the same id, and refuses another under its name', async () => {
    const template = templateOf({ A: bucket() });
    const first = await create('CREATE', template);
    assert.equal(await create('CREATE', template), first);
    await assert.rejects(create('CREATE', template, { Description: 'other' }), { name: 'AlreadyExistsException' });
    assert.deepEqual(fake.effects, ['CreateChangeSet']);
  });

  it('executes once', async () => {
    const id = await prepare('CREATE', templateOf({ A: bucket() }));
    await execute(id);
    await assert.rejects(execute(id), { name: 'InvalidChangeSetStatusException' });
  });

  it('fails a change set without changes', async () => {
    await deploy('CREATE', templateOf({ A: bucket() }));
    const id = await prepare('UPDATE', templateOf({ A: bucket() }));
    const { Status, StatusReason } = await client.send(new DescribeChangeSetCommand({ ChangeSetName: id }));
    assert.deepEqual(
      [Status, StatusReason?.slice(0, 49)],
      ['FAILED', "The submitted information didn't contain changes."],
    );
    await client.send(new DeleteChangeSetCommand({ ChangeSetName: id }));
  });

  it('rolls a failed creation back, with the token of the operation and another operation id', async () => {
    await deploy('CREATE', templateOf({ A: bucket(), B: bucket({ create: 'The name is taken' }) }));
    assert.equal(await status(), 'ROLLBACK_COMPLETE');
    const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: NAME }));
    assert.equal(StackEvents.length, fake.pageSize, 'events come in pages');
    assert.equal(StackEvents[0]?.ClientRequestToken, 'execute');
    const all = fake.world.stack(NAME).events;
    assert.ok(all.some(({ reason }) => reason === 'The name is taken'));
    assert.equal(new Set(all.map(({ operationId }) => operationId)).size, 3);
  });

  it('keeps an update that cannot be undone in UPDATE_ROLLBACK_FAILED until it is mended', async () => {
    await deploy('CREATE', templateOf({ A: bucket({}, 'one') }));
    await deploy('UPDATE', templateOf({ A: bucket({ update: 'no', rollback: 'never' }, 'two') }));
    assert.equal(await status(), 'UPDATE_ROLLBACK_FAILED');
    await client.send(new ContinueUpdateRollbackCommand({ StackName: NAME }));
    assert.equal(await settle(), 'UPDATE_ROLLBACK_FAILED');
    fake.mend();
    await client.send(new ContinueUpdateRollbackCommand({ StackName: NAME }));
    assert.equal(await settle(), 'UPDATE_ROLLBACK_COMPLETE');
    assert.match(fake.world.stack(NAME).template, /"one"/);
  });

  it('cancels an update in progress only', async () => {
    await deploy('CREATE', templateOf({ A: bucket({}, 'one') }));
    await assert.rejects(client.send(new CancelUpdateStackCommand({ StackName: NAME })), /cannot be called from/);
    await execute(await prepare('UPDATE', templateOf({ A: bucket({}, 'two') })));
    await client.send(new CancelUpdateStackCommand({ StackName: NAME }));
    assert.equal(await settle(), 'UPDATE_ROLLBACK_COMPLETE');
  });

  it('deletes no change set that is still being worked out', async () => {
    fake.pendingLooks = 2;
    const id = await create('CREATE', templateOf({ A: bucket() }));
    const remove = () => client.send(new DeleteChangeSetCommand({ ChangeSetName: id }));
    const look = () => client.send(new DescribeChangeSetCommand({ ChangeSetName: id }));
    assert.deepEqual([(await look()).Status, (await look()).Status], ['CREATE_PENDING', 'CREATE_PENDING']);
    await assert.rejects(remove(), { name: 'InvalidChangeSetStatusException' });
    assert.equal((await look()).Status, 'CREATE_COMPLETE');
    await remove();
  });

  it('answers for a deleted stack by its id alone', async () => {
    await deploy('CREATE', templateOf({ A: bucket() }));
    const { id } = fake.world.stack(NAME);
    await client.send(new DeleteStackCommand({ StackName: NAME }));
    await settle(id);
    assert.equal(await status(id), 'DELETE_COMPLETE');
    await assert.rejects(status(), { message: `Stack with id ${NAME} does not exist` });
  });

  it('tells early validation by DescribeEvents alone', async () => {
    const id = await prepare('CREATE', templateOf({ A: bucket({ invalid: 'Days is no number' }) }));
    const { StatusReason } = await client.send(new DescribeChangeSetCommand({ ChangeSetName: id }));
    assert.match(StatusReason ?? '', /AWS::EarlyValidation/);
    const { OperationEvents = [] } = await client.send(
      new DescribeEventsCommand({ ChangeSetName: id, Filters: { FailedEvents: true } }),
    );
    assert.equal(OperationEvents[0]?.ValidationStatusReason, 'Days is no number');
  });

  it('drops a row with property values, and says so', async () => {
    fake.dropsRows = true;
    const id = await prepare('CREATE', templateOf({ A: bucket(), B: bucket() }));
    const whole = await client.send(new DescribeChangeSetCommand({ ChangeSetName: id }));
    const partial = await client.send(new DescribeChangeSetCommand({ ChangeSetName: id, IncludePropertyValues: true }));
    assert.deepEqual([whole.Changes?.length, partial.Changes?.length], [2, 1]);
    assert.match(partial.StatusReason ?? '', /incomplete ChangeSet data/);
  });

  it('answers as things were while its reads are stale', async () => {
    const id = await prepare('CREATE', templateOf({ A: bucket(), B: bucket() }));
    await execute(id);
    fake.stale(1);
    assert.equal(await status(), 'REVIEW_IN_PROGRESS');
    assert.equal(await status(), 'CREATE_IN_PROGRESS');
  });

  it('refuses and loses what it is told to', async () => {
    fake.fail('CreateChangeSet', 'Throttling', 'Rate exceeded');
    fake.loseAnswer('CreateChangeSet');
    await create('CREATE', templateOf({ A: bucket() }));
    assert.equal(fake.requests['CreateChangeSet'], 2, 'the throttled request never reached it');
    assert.deepEqual(fake.effects, ['CreateChangeSet']);
  });

  it('makes change sets obsolete when somebody else changes the stack', async () => {
    await deploy('CREATE', templateOf({ A: bucket() }));
    const id = await prepare('UPDATE', templateOf({ A: bucket({}, 'ours') }));
    fake.meddle(NAME, templateOf({ A: bucket({}, 'theirs') }));
    const { ExecutionStatus } = await client.send(new DescribeChangeSetCommand({ ChangeSetName: id }));
    assert.equal(ExecutionStatus, 'OBSOLETE');
  });

  async function create(
    ChangeSetType: 'CREATE' | 'UPDATE',
    TemplateBody: string,
    more: Partial<CreateChangeSetCommandInput> = {},
  ): Promise<string> {
    const input = { StackName: NAME, ChangeSetName: 'set', ClientToken: 'token', ChangeSetType, TemplateBody, ...more };
    return (await client.send(new CreateChangeSetCommand(input))).Id ?? '';
  }

  /** A change set that has been worked out. */
  async function prepare(type: 'CREATE' | 'UPDATE', template: string): Promise<string> {
    const id = await create(type, template);
    for (const _look of [1, 2]) await client.send(new DescribeChangeSetCommand({ ChangeSetName: id }));
    return id;
  }

  function execute(id: string) {
    return client.send(new ExecuteChangeSetCommand({ ChangeSetName: id, ClientRequestToken: 'execute' }));
  }

  async function deploy(type: 'CREATE' | 'UPDATE', template: string): Promise<void> {
    await execute(await prepare(type, template));
    await settle();
  }

  async function status(name = NAME): Promise<string> {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return Stacks?.[0]?.StackStatus ?? '';
  }

  async function settle(name = NAME): Promise<string> {
    for (;;) {
      const now = await status(name);
      if (!now.endsWith('_IN_PROGRESS')) return now;
    }
  }
});
