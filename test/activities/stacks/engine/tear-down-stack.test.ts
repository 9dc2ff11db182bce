import assert from 'node:assert/strict';
import { DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import { tearDownStack, type StackTeardown } from '../../../../src/activities/stacks/engine/delete.ts';
import { FakeAccount, NAME, templateOf, topic } from './fake/support.ts';

describe('tearing a stack down', () => {
  let account: FakeAccount;
  const tearDown = (more: Partial<StackTeardown> = {}) =>
    tearDownStack(
      {
        client: account.fake.client(),
        region: 'eu-west-1',
        stackName: NAME,
        signal: new AbortController().signal,
        identity: 'run/9.1/a1/1',
        protected: false,
        ...more,
      },
      { shortestPauseMs: 2 },
    );
  const effects = () => account.fake.mutations.map(({ operation }) => operation);

  beforeEach(async () => {
    account = await FakeAccount.open();
  });
  afterEach(() => account.close());

  it('deletes it, waits for the end, and finds nothing to do afterwards', async () => {
    account.put('UPDATE_COMPLETE');
    assert.equal(await tearDown(), 'deleted');
    assert.throws(() => account.stack, /does not exist/);
    assert.equal(await tearDown(), 'absent');
    assert.deepEqual(effects(), ['DeleteStack']);
  });

  it('goes on from a deletion whose answer was lost, and deletes nothing twice', async () => {
    account.put('CREATE_COMPLETE');
    account.fake.loseAnswer('DeleteStack', 1);
    assert.equal(await tearDown(), 'deleted');
    assert.deepEqual(effects(), ['DeleteStack']);
  });

  it('refuses what is protected, and what has termination protection, before anything is asked of AWS', async () => {
    account.put('CREATE_COMPLETE', undefined, { terminationProtection: true });
    await assert.rejects(tearDown({ protected: true }), {
      name: 'PermanentError',
      message: /is not torn down: it is protected/,
    });
    await assert.rejects(tearDown(), { name: 'PermanentError', message: /it has termination protection/ });
    assert.deepEqual(effects(), []);
  });

  it('tells why it cannot be deleted where somebody else was faster', async () => {
    account.put('CREATE_COMPLETE', templateOf({ A: topic({ delete: 'not empty' }) }));
    const client = account.fake.client();
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const isOurs = commandName === 'DeleteStackCommand';
          if (isOurs) await account.fake.client().send(new DeleteStackCommand({ StackName: NAME }));
          return next(args);
        },
      { step: 'initialize' },
    );
    await assert.rejects(tearDown({ client }), { name: 'PermanentError', message: /AWS::SNS::Topic A: not empty/ });
    assert.deepEqual(effects(), ['DeleteStack']);
  });

  it('tells why it cannot be deleted, and deletes again when it is sent again', async () => {
    account.put('CREATE_COMPLETE', templateOf({ A: topic({ delete: 'not empty' }) }));
    await assert.rejects(tearDown(), {
      name: 'PermanentError',
      message: /AWS::SNS::Topic A: not empty\. Mend the cause/,
    });
    await assert.rejects(tearDown({ identity: 'run/9.1/a1/2' }), { message: /not empty/ });
    assert.deepEqual(effects(), ['DeleteStack', 'DeleteStack']);
  });
});
