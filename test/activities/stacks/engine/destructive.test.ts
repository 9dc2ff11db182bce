import assert from 'node:assert/strict';
import { deployStack } from '../../../../src/activities/stacks/engine/deploy.ts';
import {
  destructionDigest,
  destructiveChanges,
  inWords,
  type ResourceChange,
} from '../../../../src/activities/stacks/engine/changes.ts';
import { bucket, FakeAccount, QUICK, templateOf, topic } from './fake/support.ts';

const change = (more: Partial<ResourceChange>): ResourceChange => ({
  resource: 'Data',
  type: 'AWS::S3::Bucket',
  action: 'Modify',
  replacement: 'False',
  properties: [],
  ...more,
});

describe('a destructive change', () => {
  const cases: readonly (readonly [string, Partial<ResourceChange>, boolean])[] = [
    ['is a removal', { action: 'Remove', policyAction: 'Delete' }, true],
    ['is a removal that leaves a snapshot only', { action: 'Remove', policyAction: 'Snapshot' }, true],
    ['is not a removal that leaves the resource', { action: 'Remove', policyAction: 'Retain' }, false],
    ['is a replacement', { replacement: 'True', policyAction: 'ReplaceAndDelete' }, true],
    ['is a replacement that may or may not happen', { replacement: 'Conditional' }, true],
    ['is one that cannot be told beforehand', { action: 'Dynamic' }, true],
    ['is a removal of images', { type: 'AWS::ECR::Repository', action: 'Remove', policyAction: 'Delete' }, true],
    ['is not a modification in place', {}, false],
    ['is not an addition', { action: 'Add' }, false],
    ['is not of a type without data', { type: 'AWS::SNS::Topic', action: 'Remove', policyAction: 'Delete' }, false],
  ];
  for (const [title, more, expected] of cases) {
    it(title, () => {
      assert.equal(destructiveChanges([change(more)]).length > 0, expected);
    });
  }

  it('is told in words, without values, which may be secret', () => {
    const [destructive] = destructiveChanges([change({ action: 'Remove', before: 'hush', after: 'hush' })]);
    assert.equal(inWords(destructive!), 'AWS::S3::Bucket Data is removed');
    assert.doesNotMatch(JSON.stringify(destructive), /hush/);
  });

  it('has a digest of changes, template and stack, whatever their order', () => {
    const [a, b] = [change({ resource: 'A', action: 'Remove' }), change({ resource: 'B', action: 'Remove' })];
    const digest = destructionDigest('stack', 'template', [a, b]);
    assert.equal(destructionDigest('stack', 'template', [b, a]), digest);
    const others = [
      destructionDigest('other', 'template', [a, b]),
      destructionDigest('stack', 'other', [a, b]),
      destructionDigest('stack', 'template', [a]),
    ];
    assert.ok(!others.includes(digest));
  });
});

describe('in a protected environment, a destructive change', () => {
  let account: FakeAccount;
  const whole = templateOf({ A: topic(), Data: bucket() });
  const without = templateOf({ A: topic({}, 'two') });

  beforeEach(async () => {
    account = await FakeAccount.open();
    await account.deploy(whole, {}, { protected: true });
  });
  afterEach(() => account.close());

  it('waits for approval, with the change set left to look at and nothing deleted', async () => {
    const awaiting = await account.deploy(without, {}, { protected: true });
    assert.ok(awaiting.outcome === 'needs approval');
    assert.deepEqual(awaiting.changes.map(inWords), ['AWS::S3::Bucket Data is removed']);
    assert.ok(account.fake.world.changeSets.some(({ id }) => id === awaiting.changeSetId));
    assert.ok(account.stack.resources['Data']);
    assert.deepEqual(account.fake.effects.slice(2), ['CreateChangeSet']);
  });

  it('is executed once it is approved, with the change set that was looked at', async () => {
    const deployment = await account.deployment(without, {}, { protected: true });
    const awaiting = await deployStack(deployment, QUICK);
    assert.ok(awaiting.outcome === 'needs approval');
    const done = await deployStack(deployment, { ...QUICK, isApproved: ({ digest }) => digest === awaiting.digest });
    assert.equal(done.outcome, 'updated');
    assert.equal(account.stack.changeSetId, awaiting.changeSetId);
    assert.deepEqual(account.fake.effects.slice(2), ['CreateChangeSet', 'ExecuteChangeSet']);
  });

  it('is not executed with the approval of another one', async () => {
    const first = await account.deploy(without, {}, { protected: true });
    assert.ok(first.outcome === 'needs approval');
    const other = await account.deployment(templateOf({ A: topic({}, 'three') }), {}, { protected: true });
    const second = await deployStack(other, { ...QUICK, isApproved: ({ digest }) => digest === first.digest });
    assert.equal(second.outcome, 'needs approval', 'the same resource is removed, but by another template');
  });

  it('asks nobody where nothing with data is destroyed', async () => {
    const { outcome } = await account.deploy(
      templateOf({ A: topic({}, 'two'), Data: bucket() }),
      {},
      { protected: true },
    );
    assert.equal(outcome, 'updated');
  });

  it('asks nobody where the environment is not protected', async () => {
    assert.equal((await account.deploy(without)).outcome, 'updated');
  });
});

describe('in a stack that somebody else has made under the name of ours', () => {
  let account: FakeAccount;
  const theirs = templateOf({ A: topic(), Queue: topic({}, 'theirs') });
  const ours = templateOf({ A: topic({}, 'two') });

  beforeEach(async () => {
    account = await FakeAccount.open();
  });
  afterEach(() => account.close());

  const putTheirs = () => {
    account.put('CREATE_COMPLETE', theirs);
    // Whoever deploys with change sets of their own is somebody else as well.
    account.stack.changeSetId = account.fake.world.arn('changeSet', 'cdk-deploy-change-set');
  };

  it('nothing is removed or replaced unasked, though it is not protected and holds no data', async () => {
    putTheirs();
    const deployment = await account.deployment(ours);
    const awaiting = await deployStack(deployment, QUICK);
    assert.ok(awaiting.outcome === 'needs approval');
    assert.equal(awaiting.isForeign, true);
    assert.deepEqual(awaiting.changes.map(inWords), ['AWS::SNS::Topic Queue is removed']);
    assert.ok(account.stack.resources['Queue']);
    const again = await deployStack(deployment, QUICK);
    assert.equal(again.outcome, 'needs approval', 'our own change set does not make it ours');
    const done = await deployStack(deployment, { ...QUICK, isApproved: ({ digest }) => digest === awaiting.digest });
    assert.equal(done.outcome, 'updated');
  });

  it('what leaves everything in its place is done', async () => {
    putTheirs();
    const more = templateOf({ A: topic({}, 'two'), Queue: topic({}, 'theirs'), B: topic() });
    assert.equal((await account.deploy(more)).outcome, 'updated');
  });

  it('is not taken for theirs where we have changed it before, even if not last', async () => {
    const client = account.fake.client();
    let reviews = 0;
    client.middlewareStack.add((next) => (args) => {
      if ('IncludePropertyValues' in args.input) reviews += 1;
      return next(args);
    });
    await account.deploy(theirs, {}, { client });
    assert.equal((await account.deploy(ours, {}, { client })).outcome, 'updated');
    assert.equal(reviews, 0, 'its description tells, and nothing more is asked');
    account.stack.changeSetId = account.fake.world.arn('changeSet', 'cdk-deploy-change-set');
    assert.equal((await account.deploy(templateOf({ B: topic() }), {}, { client })).outcome, 'updated');
    assert.equal(reviews, 1);
  });
});
