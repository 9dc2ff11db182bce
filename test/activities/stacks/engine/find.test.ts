import assert from 'node:assert/strict';
import { findCompleteStack } from '../../../../src/activities/stacks/engine/find.ts';
import { FakeAccount, NAME } from './fake/support.ts';

describe('a stack that somebody else deploys', () => {
  let account: FakeAccount;
  const address = () => ({
    client: account.fake.client(),
    region: 'eu-west-1',
    stackName: NAME,
    signal: new AbortController().signal,
  });

  beforeEach(async () => {
    account = await FakeAccount.open();
  });
  afterEach(() => account.close());

  it('is waited for while they are at work on it, and nothing is done to it', async () => {
    account.put('CREATE_COMPLETE');
    account.fake.hold();
    account.fake.meddle(NAME, JSON.stringify({ Resources: { A: { Type: 'AWS::SNS::Topic', Properties: { V: 2 } } } }));
    const before = account.fake.mutations.length;
    const statuses: string[] = [];
    const { stackId } = await findCompleteStack(address(), {
      shortestPauseMs: 2,
      onStatus: (status) => {
        statuses.push(status);
        account.fake.go();
      },
    });
    assert.equal(statuses[0], 'UPDATE_IN_PROGRESS');
    assert.equal(stackId, account.stack.id);
    assert.equal(account.fake.mutations.length, before);
  });

  it('is no use where it is not complete, or there is none', async () => {
    await assert.rejects(findCompleteStack(address()), {
      name: 'PermanentError',
      message: /does not exist in eu-west-1/,
    });
    account.put('UPDATE_ROLLBACK_COMPLETE');
    await assert.rejects(findCompleteStack(address()), {
      name: 'PermanentError',
      message: /UPDATE_ROLLBACK_COMPLETE, which is not/,
    });
  });
});
