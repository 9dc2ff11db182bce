import assert from 'node:assert/strict';
import { createChangeSet } from '../../../../src/activities/stacks/engine/change-set.ts';
import { OperationNames } from '../../../../src/activities/stacks/engine/deployment.ts';
import { laterValue } from '../../../../src/activities/stacks/later-value.ts';
import {
  previewAll,
  previewDocument,
  type PreviewPlace,
  previewVerdict,
} from '../../../../src/activities/stacks/engine/preview-all.ts';
import { previewStack, withdrawPreview } from '../../../../src/activities/stacks/engine/preview.ts';
import { bucket, FakeAccount, NAME, templateOf, topic } from './fake/support.ts';

const QUICK = { shortestPauseMs: 2 };

describe('the preview of a stack', () => {
  let account: FakeAccount;

  beforeEach(async () => {
    account = await FakeAccount.open();
  });
  afterEach(() => account.close());

  const preview = async (template: string) => previewStack(await account.deployment(template), QUICK);
  const effects = () => account.fake.mutations.map(({ operation }) => operation);

  it('that is new tells what it would hold, and leaves nothing behind', async () => {
    const { outcome, changes } = await preview(templateOf({ A: topic(), B: bucket() }));
    assert.equal(outcome, 'created');
    assert.deepEqual(
      changes.map(({ resource, action, mayDestroyData }) => [resource, action, mayDestroyData]),
      [
        ['A', 'Add', false],
        ['B', 'Add', false],
      ],
    );
    assert.deepEqual(effects(), ['CreateChangeSet', 'DeleteStack']);
    assert.throws(() => account.stack, /does not exist/);
  });

  it('that exists tells what changes, and marks what may destroy data', async () => {
    account.put('CREATE_COMPLETE', templateOf({ A: topic(), Data: bucket(), Old: bucket(), Same: topic() }));
    const before = account.stack.template;
    const template = templateOf({
      A: topic({}, 'w'),
      Data: bucket({ replace: 'True' }, 'w'),
      Same: topic(),
      New: topic(),
    });
    const { outcome, changes } = await preview(template);
    assert.equal(outcome, 'updated');
    const told = changes.map((change) => [change.resource, change.action, change.replacement, change.mayDestroyData]);
    assert.deepEqual(
      told.toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1)),
      [
        ['A', 'Modify', 'False', false],
        ['Data', 'Modify', 'True', true],
        ['New', 'Add', undefined, false],
        ['Old', 'Remove', undefined, true],
      ],
    );
    assert.deepEqual(effects(), ['CreateChangeSet', 'DeleteChangeSet']);
    assert.deepEqual([account.stack.status, account.stack.template], ['CREATE_COMPLETE', before]);
  });

  it('that is as wanted asks for nothing', async () => {
    const template = templateOf({ A: topic() });
    account.put('UPDATE_COMPLETE', template);
    assert.deepEqual(await preview(template), { outcome: 'unchanged', changes: [] });
    assert.deepEqual(effects(), []);
  });

  it('that is cancelled leaves nothing behind either', async () => {
    const stop = new AbortController();
    account.fake.afterEffect = ({ operation }) => {
      if (operation === 'CreateChangeSet') stop.abort(new Error('stopped'));
    };
    const deployment = await account.deployment(templateOf({ A: topic() }), {}, { signal: stop.signal });
    await assert.rejects(previewStack(deployment, QUICK), /stopped/);
    assert.deepEqual(effects(), ['CreateChangeSet', 'DeleteStack']);
  });

  it('that is cancelled before AWS shows its change set leaves nothing behind either', async () => {
    const stop = new AbortController();
    account.fake.afterEffect = ({ operation }) => {
      if (operation !== 'CreateChangeSet') return;
      account.fake.fail('DescribeChangeSet', 'ChangeSetNotFound', 'ChangeSet does not exist', 3);
      stop.abort(new Error('stopped'));
    };
    const deployment = await account.deployment(templateOf({ A: topic() }), {}, { signal: stop.signal });
    await assert.rejects(previewStack(deployment, QUICK), /stopped/);
    assert.deepEqual(effects(), ['CreateChangeSet', 'DeleteStack']);
  });

  it('that is cancelled while AWS works out its change set leaves nothing behind either', async () => {
    account.put('CREATE_COMPLETE');
    account.fake.pendingLooks = 9;
    const stop = new AbortController();
    account.fake.afterEffect = ({ operation }) => {
      if (operation === 'CreateChangeSet') stop.abort(new Error('stopped'));
    };
    const deployment = await account.deployment(templateOf({ A: topic({}, 'w') }), {}, { signal: stop.signal });
    await assert.rejects(previewStack(deployment, QUICK), /stopped/);
    assert.deepEqual(effects(), ['CreateChangeSet', 'DeleteChangeSet']);
  });

  it("that was killed is taken back by its description, and nobody else's is", async () => {
    account.fake.pageSize = 1;
    const template = templateOf({ A: topic() });
    const [killed, other] = [await account.deployment(template), await account.deployment(template)];
    for (const deployment of [killed, other]) {
      const contents = { type: 'CREATE' as const, token: 'token', source: { TemplateBody: template } };
      await createChangeSet(deployment, new OperationNames(deployment), {
        ...contents,
        parameters: [],
        includeNested: false,
      });
    }
    await withdrawPreview(killed, QUICK);
    assert.deepEqual(effects().slice(2), ['DeleteChangeSet'], 'the stack stays for the other one');
    await withdrawPreview(other, QUICK);
    assert.deepEqual(effects().slice(3), ['DeleteStack']);
    await withdrawPreview(other, QUICK);
    assert.deepEqual(effects().length, 4);
  });

  it('that nobody can tell says why', async () => {
    account.put('UPDATE_ROLLBACK_FAILED');
    assert.deepEqual(await preview(templateOf({ A: topic() })), {
      outcome: 'unknown',
      changes: [],
      reason: 'it is UPDATE_ROLLBACK_FAILED, and takes no update',
    });
    assert.deepEqual(effects(), []);
  });

  it('whose change AWS refuses says why, and leaves nothing behind', async () => {
    account.put('CREATE_COMPLETE');
    const { outcome, reason } = await preview(templateOf({ A: topic({ invalid: 'no such thing' }, 'w') }));
    assert.equal(outcome, 'unknown');
    assert.match(reason ?? '', /no such thing/);
    assert.deepEqual(effects(), ['CreateChangeSet', 'DeleteChangeSet']);
  });
});

describe('the preview of everything', () => {
  let account: FakeAccount;

  before(async () => {
    account = await FakeAccount.open();
  });
  after(() => account.close());

  it('takes what stacks refer to from those that are there, and else tells new ones from their templates', async () => {
    const withWord = JSON.stringify({
      Parameters: { Word: { Type: 'String' } },
      Resources: { A: { Type: 'AWS::SNS::Topic', Properties: { Value: { Ref: 'Word' } } } },
      Outputs: { Word: { Value: { Ref: 'Word' } } },
    });
    const place = async (stack: string, word: string): Promise<PreviewPlace> => ({
      ...(await account.deployment(withWord)),
      stack,
      environment: 'test',
      stackName: `${NAME}-${stack}`,
      parameters: { Word: laterValue(word) },
    });
    account.fake.put({
      name: 'org-words',
      status: 'CREATE_COMPLETE',
      template: withWord,
      parameters: { Word: 'hello' },
      resources: {},
    });
    const existing = { ...(await place('words', '')), stackName: 'org-words' };
    const previews = await previewAll(
      [
        await place('one', 'say {{stacks.words.Word}}'),
        await place('two', '{{stacks.one.Word}}'),
        { ...(await place('three', '{{test:stacks.words.Word}} {{prod:stacks.words.Word}}')), environment: undefined },
      ],
      {
        existing: [existing],
        ...QUICK,
      },
    );
    assert.deepEqual(
      previews.map(({ stack, outcome, reason }) => [stack, outcome, reason]),
      [
        ['one', 'created', undefined],
        ['two', 'created', 'told from the template alone: stacks.one.Word is not known yet'],
        ['three', 'created', 'told from the template alone: prod:stacks.words.Word is not known yet'],
      ],
    );
    assert.equal(previewVerdict(previews), '3 created, 0 updated, 0 unchanged');
  });
});

describe('the document of a preview', () => {
  it('is Markdown that says what is added, changed, replaced and removed, and marks what may destroy data', () => {
    const change = { type: 'AWS::S3::Bucket', properties: ['BucketName'], mayDestroyData: false };
    const text = previewDocument('phase-9', [
      {
        stack: 'data',
        environment: 'test',
        stackName: 'phase-9-test-data',
        outcome: 'updated',
        changes: [
          { ...change, resource: 'New', action: 'Add' },
          { ...change, resource: 'Data', action: 'Modify', replacement: 'True', mayDestroyData: true },
          { ...change, resource: 'Same', action: 'Modify', replacement: 'False' },
          { ...change, resource: 'Kept', action: 'Remove', policyAction: 'Retain' },
        ],
      },
      {
        stack: 'busy',
        stackName: 'phase-9-account-busy',
        outcome: 'unknown',
        changes: [],
        reason: 'somebody is at work',
      },
    ]);
    assert.match(
      text,
      /^# What a deployment of phase-9 would do\n\n0 created, 1 updated, 0 unchanged, 1 cannot be told, 1 changes may destroy data\. Nothing was executed\.\n\n## test\n\n### data \(phase-9-test-data\): updated\n/,
    );
    assert.match(text, /^\| \+ added \| New \| AWS::S3::Bucket \| BucketName \| {2}\|$/m);
    assert.match(text, /^\| ± replaced \| Data \| .* \| ⚠ may be destroyed \|$/m);
    assert.match(text, /^\| \\~ changed \| Same /m);
    assert.match(text, /^\| - removed from the stack, and kept \| Kept /m);
    assert.match(text, /## account\n\n### busy \(phase-9-account-busy\): cannot be told\n\nsomebody is at work\n$/);
  });
});
