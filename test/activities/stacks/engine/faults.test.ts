import assert from 'node:assert/strict';
import { DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import { PermanentError } from '../../../../src/base/errors.ts';
import { deployStack } from '../../../../src/activities/stacks/engine/deploy.ts';
import { settleStack } from '../../../../src/activities/stacks/engine/settle.ts';
import { bucket, FakeAccount, NAME, QUICK, templateOf, topic } from './fake/support.ts';

const CREATED = ['CreateChangeSet', 'ExecuteChangeSet'];
const one = templateOf({ A: topic({}, 'one') });
const two = templateOf({ A: topic({}, 'two') });

describe('a deployment to an AWS that', () => {
  let account: FakeAccount;

  beforeEach(async () => {
    account = await FakeAccount.open();
  });
  afterEach(() => account.close());

  it('still shows the stack as it was before the operation does not take that for the end', async () => {
    const deployment = await account.deployment(one);
    account.fake.afterEffect = ({ operation }) => {
      if (operation === 'ExecuteChangeSet') account.fake.stale(6);
    };
    assert.equal((await deployStack(deployment, QUICK)).outcome, 'created');
  });

  it('still shows the outputs of before the update is asked for those of after', async () => {
    const withWord = (word: string) => templateOf({ A: topic({}, word) }, { Outputs: { Word: { Value: word } } });
    await account.deploy(one);
    await account.deploy(withWord('old'));
    account.fake.afterEffect = ({ operation }) => {
      if (operation === 'ExecuteChangeSet') account.fake.stale(8, 'DescribeStacks');
    };
    const updated = await account.deploy(withWord('new'));
    assert.ok(updated.outcome === 'updated');
    assert.deepEqual(updated.outputs, { Word: 'new' });
  });

  it('still shows them to an attempt that follows an earlier one, which asks for those of after as well', async () => {
    const withWord = (word: string) => templateOf({ A: topic({}, word) }, { Outputs: { Word: { Value: word } } });
    await account.deploy(one);
    await account.deploy(withWord('old'));
    for (let second = 0; second < 20; second += 1) account.fake.world.pass();
    const deployment = await cancelledAfter('ExecuteChangeSet', withWord('new'));
    account.fake.go();
    while (account.stack.status !== 'UPDATE_COMPLETE') account.fake.world.step();
    account.fake.stale(5, 'DescribeStacks');
    const updated = await deployStack(deployment, QUICK);
    assert.ok(updated.outcome === 'updated');
    assert.deepEqual(updated.outputs, { Word: 'new' });
  });

  for (const operation of ['CreateChangeSet', 'ExecuteChangeSet', 'DescribeStacks', 'DescribeChangeSet']) {
    it(`loses answers goes on from the effect: ${operation}`, async () => {
      account.fake.loseAnswer(operation, 2);
      assert.equal((await account.deploy(one)).outcome, 'created');
      assert.deepEqual(account.fake.effects, CREATED);
    });

    it(`throttles is asked again: ${operation}`, async () => {
      account.fake.fail(operation, 'Throttling', 'Rate exceeded', 2);
      assert.equal((await account.deploy(one)).outcome, 'created');
      assert.deepEqual(account.fake.effects, CREATED);
    });
  }

  it('lets the credentials expire while it is looked at is asked by another attempt, which goes on', async () => {
    const deployment = await account.deployment(one);
    account.fake.afterEffect = ({ operation }) => {
      if (operation === 'ExecuteChangeSet')
        account.fake.fail('DescribeStacks', 'ExpiredToken', 'The token has expired');
    };
    await assert.rejects(deployStack(deployment, QUICK), (error: Error) => {
      assert.ok(!(error instanceof PermanentError));
      assert.match(error.message, /does not take the worker's credentials/);
      return true;
    });
    assert.equal((await deployStack(deployment, QUICK)).outcome, 'created');
    assert.deepEqual(account.fake.effects, CREATED);
  });

  it('lets somebody else in between plans again', async () => {
    await account.deploy(one);
    account.fake.afterEffect = ({ operation, token }) => {
      if (operation !== 'CreateChangeSet' || token === undefined) return;
      account.fake.afterEffect = undefined;
      account.fake.meddle(account.stack.name, templateOf({ A: topic({}, 'theirs') }));
    };
    assert.equal((await account.deploy(two)).outcome, 'updated');
    assert.match(account.stack.template, /two/);
    assert.deepEqual(account.fake.effects.slice(2), ['CreateChangeSet', 'DeleteChangeSet', ...CREATED]);
  });

  it('is at work for somebody else is waited for, unless the playbook says fail', async () => {
    await account.deploy(one);
    account.fake.meddle(account.stack.name, templateOf({ A: topic({}, 'theirs') }));
    account.fake.hold();
    await assert.rejects(
      account.deploy(two, { whenBusy: 'fail' }),
      /another operation is running on it \(UPDATE_IN_PROGRESS\)/,
    );
    account.fake.go();
    assert.equal((await account.deploy(two)).outcome, 'updated');
  });

  it('finds no changes in a stack that works leaves no change set behind', async () => {
    await account.deploy(one);
    // Nothing in it shows that both templates are the same.
    const { outcome } = await account.deploy(`${one}\n`);
    assert.deepEqual([outcome, account.fake.effects.slice(2)], ['unchanged', ['CreateChangeSet', 'DeleteChangeSet']]);
  });

  it('refuses a change tells what early validation has found, and leaves nothing behind', async () => {
    const invalid = templateOf({ A: bucket({ invalid: 'Days is no number' }) });
    await assert.rejects(
      account.deploy(invalid),
      /refuses the change: .*EarlyValidation.* · \/Resources\/A\/Properties: Days is no number/,
    );
    assert.deepEqual(account.fake.effects, ['CreateChangeSet', 'DeleteStack']);
  });

  it('does not allow DescribeEvents tells the root cause from the events of the stack', async () => {
    account.fake.fail('DescribeEvents', 'AccessDenied', 'not authorised', 9);
    const failing = templateOf({ A: topic(), B: bucket({ create: 'The name is taken' }) });
    await assert.rejects(account.deploy(failing), /ROLLBACK_COMPLETE: AWS::S3::Bucket B: The name is taken/);
  });

  it('cannot explain a failure still tells that it failed', async () => {
    const failing = templateOf({ A: topic(), B: bucket({ create: 'The name is taken' }) });
    account.fake.fail('DescribeEvents', 'InternalFailure', 'oops', 9);
    await assert.rejects(account.deploy(failing), /ended as ROLLBACK_COMPLETE: AWS::S3::Bucket B/);
  });

  it('leaves out rows of a change set is asked again without values', async () => {
    await account.deploy(templateOf({ A: topic(), B: bucket() }));
    account.fake.dropsRows = true;
    const without = templateOf({ A: topic({}, 'two') });
    const awaiting = await account.deploy(without, {}, { protected: true });
    assert.ok(awaiting.outcome === 'needs approval');
    assert.deepEqual(
      awaiting.changes.map(({ resource }) => resource),
      ['B'],
    );
  });

  it('cannot delete while it cleans up is a success with what is left behind', async () => {
    await account.deploy(templateOf({ A: topic(), Old: bucket({ delete: 'It is not empty' }) }));
    const updated = await account.deploy(one);
    assert.ok(updated.outcome === 'updated');
    assert.deepEqual(updated.orphans, ['AWS::S3::Bucket Old: It is not empty']);
  });

  it('does not know the role yet is asked again', async () => {
    const role = 'arn:aws:iam::000000000000:role/deploy';
    account.fake.fail('CreateChangeSet', 'ValidationError', `Role ${role} is invalid or cannot be assumed`, 3);
    assert.equal((await account.deploy(one, { serviceRole: role })).outcome, 'created');
    assert.equal(account.stack.roleArn, role);
  });

  it('takes longer than the deadline is stopped and put to rest, by a later attempt too, since it counts from the first', async () => {
    await account.deploy(one);
    const deployment = await account.deployment(two, { deadlineMs: 60_000 });
    const lost = new AbortController();
    account.fake.afterEffect = ({ operation }) => {
      if (operation === 'CancelUpdateStack') account.fake.go();
      if (operation !== 'ExecuteChangeSet') return;
      account.fake.hold();
      lost.abort(new Error('the worker goes down'));
    };
    await assert.rejects(deployStack({ ...deployment, signal: lost.signal }, QUICK), /goes down/);
    await assert.rejects(
      deployStack(deployment, { ...QUICK, begunAt: Date.now() - 61_000 }),
      /deadline of 1 min: stopped; it ended as UPDATE_ROLLBACK_COMPLETE/,
    );
  });

  it('has accepted a request shows that only later, so settling looks again', async () => {
    const deployment = await account.deployment(one);
    const stopped = new AbortController();
    account.fake.afterEffect = ({ operation }) => {
      if (operation === 'DeleteStack') account.fake.go();
      if (operation !== 'ExecuteChangeSet') return;
      account.fake.hold();
      account.fake.stale(4);
      stopped.abort(new Error('cancelled'));
    };
    await assert.rejects(deployStack({ ...deployment, signal: stopped.signal }, QUICK), /cancelled/);
    assert.equal(await settleStack(deployment, QUICK), 'stopped; it ended as DELETE_COMPLETE');
  });

  it('still shows the stack as it was when it is settled is asked until it shows what was begun', async () => {
    for (const [template, end] of [
      [one, 'DELETE_COMPLETE'],
      [two, 'UPDATE_ROLLBACK_COMPLETE'],
    ] as const) {
      const deployment = await cancelledAfter('ExecuteChangeSet', template);
      account.fake.stale(4, 'DescribeStacks');
      assert.equal(await settleStack(deployment, QUICK), `stopped; it ended as ${end}`);
      account.fake.afterEffect = undefined;
      if (end === 'DELETE_COMPLETE') await account.deploy(one);
    }
  });

  it('is still working out a change set is waited for, since none can be deleted before', async () => {
    await account.deploy(one);
    const deployment = await cancelledAfter('CreateChangeSet', two);
    account.fake.pendingLooks = 12;
    assert.equal(await settleStack(deployment, QUICK), 'its change set was deleted before it was executed');
    assert.deepEqual(account.fake.effects.slice(2), ['CreateChangeSet', 'DeleteChangeSet']);
  });

  it("has begun somebody else's operation by the first look still tells how ours has ended", async () => {
    await account.deploy(one);
    const deployment = await account.deployment(two);
    account.fake.afterEffect = ({ operation }) => {
      if (operation !== 'ExecuteChangeSet') return;
      while (account.stack.status !== 'UPDATE_COMPLETE') account.fake.world.step();
      account.fake.meddle(account.stack.name, templateOf({ A: topic({}, 'theirs') }));
    };
    const { outcome } = await deployStack(deployment, { ...QUICK, isFirstAttempt: true });
    assert.equal(outcome, 'updated');
  });

  it('has deleted the stack by the first look is no success', async () => {
    const deployment = await account.deployment(one);
    account.fake.afterEffect = async ({ operation }) => {
      if (operation !== 'ExecuteChangeSet') return;
      while (account.stack.status !== 'CREATE_COMPLETE') account.fake.world.step();
      await account.fake.client().send(new DeleteStackCommand({ StackName: NAME }));
    };
    await assert.rejects(
      deployStack(deployment, { ...QUICK, isFirstAttempt: true }),
      /was CREATE_COMPLETE, and has been deleted since/,
    );
  });

  it('knows the token of an earlier plan is not waited for', async () => {
    account.fake.fail('ExecuteChangeSet', 'TokenAlreadyExistsException', 'It was used before', 99);
    await assert.rejects(account.deploy(one), {
      name: 'PermanentError',
      message: /it was deployed, and another deployment has changed it since\. Send retry/,
    });
  });

  it('has got the stack from somebody else meanwhile is looked at again', async () => {
    const refusal = `Stack [${NAME}] already exists and cannot be created again with the changeSet [one].`;
    account.fake.fail('CreateChangeSet', 'ValidationError', refusal);
    assert.equal((await account.deploy(one)).outcome, 'created');
  });

  /** A deployment that was cancelled as soon as AWS had taken a request; AWS stands still until something else is asked for. */
  async function cancelledAfter(effect: string, template: string) {
    const deployment = await account.deployment(template);
    const stopped = new AbortController();
    account.fake.afterEffect = ({ operation }) => {
      if (operation !== effect) return;
      account.fake.hold();
      account.fake.goAfterNextEffect();
      stopped.abort(new Error('cancelled'));
    };
    await assert.rejects(deployStack({ ...deployment, signal: stopped.signal }, QUICK), /cancelled/);
    return deployment;
  }
});
