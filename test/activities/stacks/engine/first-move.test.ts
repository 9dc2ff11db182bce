import assert from 'node:assert/strict';
import { StackStatus } from '@aws-sdk/client-cloudformation';
import { PermanentError } from '../../../../src/base/errors.ts';
import { FakeAccount, NAME, templateOf, topic } from './fake/support.ts';

const before = templateOf({ A: topic({}, 'before') });
const after = templateOf({ A: topic({}, 'after') });
const CREATED = ['CreateChangeSet', 'ExecuteChangeSet'];

/** Statuses that something else is being done in; the fake lets that end, then the stack is updated. */
const busy: readonly StackStatus[] = Object.values(StackStatus).filter(
  (status) => status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS',
);

describe('a deployment that finds its stack as', () => {
  let account: FakeAccount;

  beforeEach(async () => {
    account = await FakeAccount.open();
  });
  afterEach(() => account.close());

  it('REVIEW_IN_PROGRESS creates it', async () => {
    account.fake.put({ name: NAME, status: 'REVIEW_IN_PROGRESS' });
    const { outcome } = await account.deploy(after);
    assert.deepEqual([outcome, account.fake.effects], ['created', CREATED]);
  });

  it('REVIEW_IN_PROGRESS is no success where the template makes nothing', async () => {
    account.fake.put({ name: NAME, status: 'REVIEW_IN_PROGRESS' });
    await assert.rejects(account.deploy(templateOf({})), {
      name: 'PermanentError',
      message: /refuses the change: The submitted information didn't contain changes/,
    });
  });

  it('DELETE_COMPLETE creates another one', async () => {
    const old = account.put('DELETE_COMPLETE', before);
    const { outcome, stackId } = await account.deploy(after);
    assert.deepEqual([outcome, account.fake.effects], ['created', CREATED]);
    assert.notEqual(stackId, old.id);
  });

  const ready = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'IMPORT_COMPLETE'] as const;
  for (const status of [...ready, 'UPDATE_ROLLBACK_COMPLETE', 'IMPORT_ROLLBACK_COMPLETE'] as const) {
    it(`${status} updates it`, async () => {
      account.put(status, before);
      const { outcome } = await account.deploy(after);
      assert.deepEqual([outcome, account.fake.effects], ['updated', CREATED]);
      assert.match(account.stack.template, /after/);
    });
  }

  for (const status of busy) {
    it(`${status} waits for the end of that, then does its own`, async () => {
      const stack = account.put(status, before);
      const deploying = account.deploy(after);
      // As often as it looks, it begins nothing.
      while ((account.fake.requests['DescribeStacks'] ?? 0) < 4) await new Promise(setImmediate);
      assert.deepEqual(account.fake.effects, []);
      stack.status = 'UPDATE_ROLLBACK_COMPLETE';
      assert.equal((await deploying).outcome, 'updated');
    });
  }

  for (const status of ['CREATE_FAILED', 'ROLLBACK_COMPLETE', 'ROLLBACK_FAILED'] as const) {
    it(`${status} asks a person to delete it`, async () => {
      account.put(status, before);
      await refused(account.deploy(after), /delete-stack --stack-name .*"recreate: true" in the playbook/);
    });

    it(`${status} deletes it and creates another one where the playbook allows that`, async () => {
      const old = account.put(status, before);
      const { outcome, stackId } = await account.deploy(after, { recreate: true });
      assert.deepEqual([outcome, account.fake.effects], ['created', ['DeleteStack', ...CREATED]]);
      assert.notEqual(stackId, old.id);
      assert.match(account.fake.mutations[0]?.token ?? '', /-delete$/);
    });
  }

  it('ROLLBACK_COMPLETE never deletes what is protected, has termination protection, or has ever worked', async () => {
    const stack = account.put('ROLLBACK_COMPLETE', before);
    await refused(account.deploy(after, { recreate: true }, { protected: true }), /Its environment is protected/);
    stack.terminationProtection = true;
    await refused(account.deploy(after, { recreate: true }), /It has termination protection/);
    stack.terminationProtection = false;
    account.fake.world.become(stack, 'CREATE_COMPLETE');
    account.fake.world.become(stack, 'ROLLBACK_COMPLETE');
    await refused(account.deploy(after, { recreate: true }), /It has worked before, so it is not deleted/);
  });

  it('UPDATE_FAILED rolls it back, then updates it', async () => {
    const stack = account.put('UPDATE_FAILED', after);
    account.fake.world.before.set(stack.id, { template: before, parameters: {}, tags: {} });
    const { outcome } = await account.deploy(after);
    assert.deepEqual([outcome, account.fake.effects], ['updated', ['RollbackStack', ...CREATED]]);
    assert.match(account.fake.mutations[0]?.token ?? '', /-roll-back$/);
  });

  it('UPDATE_ROLLBACK_FAILED continues the rollback, then updates it', async () => {
    account.put('UPDATE_ROLLBACK_FAILED', before);
    const { outcome } = await account.deploy(after);
    assert.deepEqual([outcome, account.fake.effects], ['updated', ['ContinueUpdateRollback', ...CREATED]]);
  });

  it('UPDATE_ROLLBACK_FAILED gives up after ten times, and deletes nothing even if it may', async () => {
    account.put('UPDATE_ROLLBACK_FAILED', templateOf({ A: topic({ rollback: 'The name is taken' }) }));
    const deploying = account.deploy(after, { recreate: true, retryDelete: true });
    await assert.rejects(deploying, /It failed another 10 times: .*The name is taken/);
    assert.deepEqual(account.fake.effects, Array<string>(10).fill('ContinueUpdateRollback'));
    const tokens = account.fake.mutations.map(({ token }) => token);
    assert.equal(new Set(tokens).size, 10, 'each time is another request');
  });

  for (const [status, request] of [
    ['UPDATE_FAILED', 'RollbackStack'],
    ['UPDATE_ROLLBACK_FAILED', 'ContinueUpdateRollback'],
  ] as const) {
    it(`${status} tells why CloudFormation refuses, and asks for it once`, async () => {
      account.put(status, before);
      account.fake.fail(request, 'ValidationError', 'The role cannot be assumed', 99);
      await refused(account.deploy(after), /CloudFormation refuses to do it: The role cannot be assumed/);
    });

    it(`${status} goes on when somebody else was faster`, async () => {
      const stack = account.put(status, before);
      account.fake.fail(request, 'ValidationError', `${request} cannot be called from current stack status`);
      const deploying = account.deploy(after);
      while ((account.fake.requests['DescribeStacks'] ?? 0) < 4) await new Promise(setImmediate);
      stack.status = 'UPDATE_ROLLBACK_COMPLETE';
      assert.equal((await deploying).outcome, 'updated');
    });
  }

  it('DELETE_FAILED asks a person to delete it', async () => {
    account.put('DELETE_FAILED', before);
    await refused(account.deploy(after, { recreate: true }), /delete-stack .*"retryDelete: true" in the playbook/);
  });

  it('DELETE_FAILED deletes it again where the playbook allows that, and says why that fails', async () => {
    account.put('DELETE_FAILED', templateOf({ A: topic({ delete: 'It is not empty' }) }));
    const settings = { retryDelete: true };
    await assert.rejects(account.deploy(after, settings), /could not be deleted: .* A: It is not empty/);
    account.fake.mend();
    assert.equal((await account.deploy(after, settings)).outcome, 'created');
  });

  it('IMPORT_ROLLBACK_FAILED asks a person', async () => {
    account.put('IMPORT_ROLLBACK_FAILED', before);
    await refused(account.deploy(after, { recreate: true, retryDelete: true }), /Mend the stack on AWS/);
  });

  async function refused(deploying: Promise<unknown>, why: RegExp): Promise<void> {
    await assert.rejects(deploying, (error: Error) => {
      assert.ok(error instanceof PermanentError);
      assert.match(error.message, why);
      return true;
    });
    assert.deepEqual(account.fake.effects, [], 'nothing was done');
  }
});
