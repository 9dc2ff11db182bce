import assert from 'node:assert/strict';
import { createChangeSet, untilWorkedOut } from '../../../../src/activities/stacks/engine/change-set.ts';
import { destructiveChanges, readChanges } from '../../../../src/activities/stacks/engine/changes.ts';
import { OperationNames } from '../../../../src/activities/stacks/engine/deployment.ts';
import { Pace } from '../../../../src/activities/stacks/engine/pace.ts';
import { sha256 } from '../../../../src/base/digest.ts';
import { bucket, FakeAccount, NAME, templateOf, topic } from './fake/support.ts';

const one = templateOf({ A: topic({}, 'one') });
const two = templateOf({ A: topic({}, 'two') });
const secret = { Parameters: { Password: { Type: 'String', NoEcho: true } } };

describe('how a stack is deployed', () => {
  let account: FakeAccount;

  beforeEach(async () => {
    account = await FakeAccount.open();
  });
  afterEach(() => account.close());

  it('tells parameters without a value before AWS is asked for anything', async () => {
    const needy = templateOf({ A: topic() }, { Parameters: { Word: { Type: 'String' } } });
    await assert.rejects(account.deploy(needy), /there is no value for "Word", and the template has no default/);
    assert.deepEqual(account.fake.requests, {});
  });

  it('keeps the values of parameters that it is told to keep, which nobody can read', async () => {
    await account.deploy(templateOf({ A: topic() }, secret), {}, { parameters: { Password: 'hush' } });
    const keepParameters = ['Password'];
    const updated = await account.deploy(templateOf({ A: topic({}, 'two') }, secret), { keepParameters });
    assert.deepEqual([updated.outcome, account.stack.parameters], ['updated', { Password: 'hush' }]);
  });

  it('says so when there is no value to keep: in a new stack, or for a parameter that is new', async () => {
    const settings = { keepParameters: ['Password'] };
    await assert.rejects(
      account.deploy(templateOf({ A: topic() }, secret), settings),
      /there is no value for "Password"/,
    );
    await account.deploy(one);
    await assert.rejects(
      account.deploy(templateOf({ A: topic() }, secret), settings),
      /there is no value for "Password"/,
    );
  });

  it('passes role, alarms, tags and capabilities, and no capability that it is not told', async () => {
    const role = 'arn:aws:iam::000000000000:role/deploy';
    const alarm = 'arn:aws:cloudwatch:eu-west-1:000000000000:alarm:errors';
    const needy = templateOf({ A: { Type: 'AWS::IAM::Role' } });
    await assert.rejects(account.deploy(needy), /Requires capabilities .* Name them under "capabilities:"/);
    await account.deploy(
      needy,
      { serviceRole: role, rollbackAlarms: { arns: [alarm], minutes: 5 } },
      { capabilities: ['CAPABILITY_IAM'], tags: { team: 'platform' } },
    );
    const { roleArn, alarms, tags, capabilities } = account.stack;
    assert.deepEqual([roleArn, alarms, tags, capabilities], [role, [alarm], { team: 'platform' }, ['CAPABILITY_IAM']]);
  });

  it('sets termination protection and the stack policy afterwards, and only when they differ', async () => {
    const stackPolicy = { Statement: [{ Effect: 'Allow', Action: 'Update:*', Principal: '*', Resource: '*' }] };
    await account.deploy(one, { terminationProtection: true, stackPolicy });
    assert.deepEqual(account.fake.effects.slice(2), ['UpdateTerminationProtection', 'SetStackPolicy']);
    assert.deepEqual(JSON.parse(account.stack.policy ?? ''), stackPolicy);
    await account.deploy(two, { terminationProtection: true, stackPolicy });
    await account.deploy(two, {});
    assert.equal(account.fake.effects.length, 6, 'nothing but the second change set was created and executed');
    await account.deploy(two, { terminationProtection: false });
    assert.equal(account.stack.terminationProtection, false, 'an unchanged stack is protected as wanted, too');
  });

  it('puts a template that is too large for a request into the bucket, named after what it holds, once', async () => {
    // Fewer characters than the limit, but more bytes.
    const large = templateOf({ A: topic({}, 'ü'.repeat(30_000)) });
    await assert.rejects(account.deploy(large), /takes at most 51200 in a request\. Split it, or name a bucket/);
    await account.deploy(large, { templateBucket: 'our.templates' });
    await account.deploy(large, { templateBucket: 'our.templates', terminationProtection: true });
    const key = `/our.templates/phasegate/templates/${sha256(large)}`;
    assert.equal(account.fake.world.objects.get(key), large);
    assert.equal(account.fake.effects.filter((effect) => effect === 'PutObject').length, 1);
    assert.equal(account.stack.template, large);
  });

  it('reads what is in the bucket under the name of a template, and replaces what is not that', async () => {
    const large = templateOf({ A: topic({}, 'ü'.repeat(30_000)) });
    account.fake.world.objects.set(`/templates/phasegate/templates/${sha256(large)}`, two);
    await account.deploy(large, { templateBucket: 'templates' });
    assert.equal(account.stack.template, large);
  });

  it('never executes a template that somebody has put into the bucket in place of the one that was approved', async () => {
    const large = templateOf({ A: topic({}, 'x'.repeat(60_000)) });
    account.fake.afterEffect = ({ operation, stack: key }) => {
      if (operation === 'PutObject') account.fake.world.objects.set(key, two);
    };
    await assert.rejects(account.deploy(large, { templateBucket: 'templates' }), {
      name: 'PermanentError',
      message: /the template that CloudFormation read from the template bucket is not template-1\.json/,
    });
    assert.deepEqual(account.fake.effects, ['PutObject', 'CreateChangeSet', 'DeleteStack']);
  });

  it('tells that a bucket lies elsewhere, which no repetition mends', async () => {
    account.fake.missingObject = 301;
    const large = templateOf({ A: topic({}, 'x'.repeat(60_000)) });
    await assert.rejects(account.deploy(large, { templateBucket: 'templates' }), {
      name: 'PermanentError',
      message: /Bucket templates lies in another region/,
    });
  });

  it('skips a stack with hidden values where they are to stay as they are', async () => {
    const template = templateOf({ A: topic() }, secret);
    await account.deploy(template, {}, { parameters: { Password: 'hush' } });
    const { outcome } = await account.deploy(template, { keepParameters: ['Password'] });
    assert.deepEqual([outcome, account.fake.effects.length], ['unchanged', 2]);
  });

  it('does not skip a stack whose alarms are to count for longer', async () => {
    const arns = ['arn:aws:cloudwatch:eu-west-1:000000000000:alarm:errors'];
    await account.deploy(one, { rollbackAlarms: { arns, minutes: 5 } });
    await account.deploy(one, { rollbackAlarms: { arns, minutes: 5 } });
    assert.equal(account.fake.effects.length, 2);
    await account.deploy(one, { rollbackAlarms: { arns, minutes: 10 } });
    assert.equal(account.fake.effects[2], 'CreateChangeSet');
  });

  it('skips a stack whose template, parameters and tags are those that are deployed, with two requests', async () => {
    const more = { parameters: { Word: 'a' }, tags: { team: 'platform' } };
    const template = templateOf(
      { A: topic({}, { Ref: 'Word' }) },
      { Parameters: { Word: { Type: 'String' }, N: { Type: 'Number', Default: 3 } } },
    );
    await account.deploy(template, {}, more);
    const before = total();
    const skipped = await account.deploy(template, {}, more);
    assert.ok(skipped.outcome === 'unchanged');
    assert.match(skipped.reason ?? '', /those that are deployed/);
    // The events were read as well, since an earlier attempt may have done it.
    assert.equal(total() - before, 3);
    for (const other of [
      { ...more, parameters: { Word: 'b' } },
      { ...more, tags: {} },
    ]) {
      assert.equal((await account.deploy(template, {}, other)).outcome, 'updated');
    }
  });

  it('never skips what depends on more than its text', async () => {
    const image = { Parameters: { Image: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/image' } } };
    await account.deploy(templateOf({ A: topic() }, image));
    await account.deploy(templateOf({ A: topic() }, image));
    assert.deepEqual(account.fake.effects.slice(2), ['CreateChangeSet', 'DeleteChangeSet']);
  });

  describe('with nested stacks', () => {
    const nested = (url: string) => ({ Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: url } });
    const parent = (version: string) =>
      templateOf({ Storage: nested(`https://s3.eu-west-1.amazonaws.com/t/${version}`) });
    const put = (version: string, template: string) => account.fake.world.objects.set(`/t/${version}`, template);

    it('finds the root cause in them', async () => {
      put('one', templateOf({ Fine: topic(), Data: bucket({ create: 'The name is taken' }) }));
      await assert.rejects(account.deploy(parent('one')), /AWS::S3::Bucket Storage\/Data: The name is taken/);
    });

    it('leaves no empty ones behind when what was to create them is refused', async () => {
      put('one', templateOf({ Fine: topic() }));
      const template = JSON.parse(parent('one')) as { Resources: object };
      const Bad = topic({ invalid: 'no such thing' });
      await assert.rejects(account.deploy(templateOf({ ...template.Resources, Bad })), /no such thing/);
      assert.deepEqual(account.fake.effects, ['CreateChangeSet', 'DeleteChangeSet', 'DeleteStack']);
      const nestedOnes = account.fake.world.stacks.filter(({ name }) => name !== NAME);
      assert.deepEqual(
        nestedOnes.map(({ status }) => status),
        ['DELETE_COMPLETE'],
      );
    });

    it('tells why a change set of theirs was refused', async () => {
      put('one', templateOf({ Fine: topic() }));
      await account.deploy(parent('one'));
      put('two', templateOf({ Fine: topic({ invalid: 'no such thing' }) }));
      await assert.rejects(
        account.deploy(parent('two')),
        /Nested change set .* · Storage: .*EarlyValidation.* · \/Resources\/Fine\/Properties: no such thing/,
      );
    });

    it('asks for their change sets where a macro may make them', async () => {
      const included = async (more: object) => {
        await account.deploy(templateOf({ A: topic({}, more) }, more));
        return account.fake.world.changeSets.at(-1)?.includesNested;
      };
      assert.deepEqual([await included({}), await included({ Transform: 'Ours' })], [false, true]);
    });

    it('takes a change of theirs that is not told for one that may destroy data', async () => {
      put('one', templateOf({ Data: bucket() }));
      await account.deploy(parent('one'));
      const deployment = await account.deployment(parent('two'));
      put('two', templateOf({ Fine: topic() }));
      const id = await createChangeSet(deployment, new OperationNames(deployment), {
        type: 'UPDATE',
        token: 'token',
        source: { TemplateBody: parent('two') },
        parameters: [],
        includeNested: false,
      });
      await untilWorkedOut(deployment, new Pace(deployment, Date.now() + 60_000, 2), id);
      const changes = destructiveChanges(await readChanges(deployment, id));
      assert.deepEqual(
        changes.map(({ resource, action }) => [resource, action]),
        [['Storage', 'Dynamic']],
      );
    });

    it('reads their change sets as well before anything is destroyed', async () => {
      put('one', templateOf({ Fine: topic(), Data: bucket() }));
      await account.deploy(parent('one'), {}, { protected: true });
      put('two', templateOf({ Fine: topic() }));
      const awaiting = await account.deploy(parent('two'), {}, { protected: true });
      assert.ok(awaiting.outcome === 'needs approval');
      assert.deepEqual(
        awaiting.changes.map(({ resource, action }) => [resource, action]),
        [['Storage/Data', 'Remove']],
      );
      assert.ok(account.fake.world.stacks.some(({ name }) => name.startsWith(`${NAME}-Storage`)));
    });
  });

  function total(): number {
    return Object.values(account.fake.requests).reduce((sum, count) => sum + count, 0);
  }
});
