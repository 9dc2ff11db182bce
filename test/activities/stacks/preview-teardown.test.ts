import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { previewStep } from '../../../src/activities/stacks/preview.ts';
import { stacksStep } from '../../../src/activities/stacks/step.ts';
import { teardownStep } from '../../../src/activities/stacks/teardown.ts';
import { sha256 } from '../../../src/base/digest.ts';
import { bindContext, environment, stackEntry } from '../../support/bind-context.ts';
import { emulator } from '../../support/emulator.ts';
import { Folders } from '../../support/folders.ts';
import { chain } from '../../support/stacks.ts';
import { memoryStore, stepCall, toolsIn } from '../../support/tools.ts';

const stacks = { network: stackEntry(), compute: stackEntry(), audit: stackEntry({ per: 'account' as const }) };
const stackImports = { compute: ['network'], network: ['audit'] };
const open = { development: environment(), testing: environment() };

describe('a teardown step', () => {
  it('deletes a stack after those that import from it', () => {
    const { context, problems } = bindContext({
      environments: open,
      stacks,
      stackImports,
      stackOrder: ['audit', 'network', 'compute'],
    });
    const needs = Object.fromEntries(teardownStep.expand('all', context).map((draft) => [draft.name, draft.needs]));
    assert.deepEqual(needs, {
      'compute/testing': [],
      'compute/development': [],
      'network/testing': ['compute/testing'],
      'network/development': ['compute/development'],
      'audit/account': ['network/development', 'network/testing'],
    });
    assert.deepEqual(problems, []);
  });

  it('leaves what the account has once where not every environment is meant', () => {
    const { context } = bindContext({ environments: { testing: environment() }, everyEnvironment: open, stacks });
    assert.deepEqual(
      teardownStep.expand('all', context).map(({ name }) => name),
      ['compute/testing', 'network/testing'],
    );
  });

  it('cannot be of a protected environment, of an existing stack, or of one that there is not', () => {
    const { context, problems } = bindContext({
      stacks: { ...stacks, org: stackEntry({ existing: 'org', template: '' }) },
    });
    teardownStep.expand(['network', 'audit', 'org', 'netwrok'], context);
    assert.deepEqual(
      problems.map((problem) => problem.split('. ')[0]),
      [
        'there is no stack "netwrok" Did you mean "network"?',
        'stack "org" is not deployed by this phase, so it is not torn down here',
        'environment "production" is protected, so its stacks are not torn down Name the others under "environments" of the step.',
        'stacks of the account also belong to a protected environment, so they are not torn down Name the others under "environments" of the step.',
      ],
    );
  });
});

describe('preview, deployment and teardown', () => {
  let folders: Folders;
  const phase = `t-${randomUUID().slice(0, 8)}`;
  const template = chain(2);
  const { context } = bindContext({
    phase,
    environments: { testing: environment() },
    stacks: {
      first: stackEntry({ template: 'words.json', digest: sha256(template), parameters: { Word: 'hello' } }),
      second: stackEntry({
        template: 'words.json',
        digest: sha256(template),
        parameters: { Word: '{{stacks.first.Word}} again' },
      }),
    },
    stackImports: { second: ['first'] },
  });
  const preview = async () => {
    const records = memoryStore();
    const [draft] = previewStep.expand('all', context);
    const tools = toolsIn(`${folders.phasesDir}/phase`, { records });
    const result = await previewStep.run(stepCall('preview', draft!.input, randomUUID()), tools);
    return { result, document: records.files.get(result.outputs?.['Preview'] ?? '') ?? '' };
  };

  before(async () => {
    await emulator();
    folders = await Folders.create({ phase: { 'words.json': template } });
  });
  after(() => folders.remove());

  it('tell what would be created, do it, tell that nothing would change, and take it back', async () => {
    const { result, document } = await preview();
    assert.equal(result.note, '2 created, 0 updated, 0 unchanged');
    assert.match(
      document,
      /### first \(t-.*-testing-first\): created\n\n[^]*\| \+ added \| Link2 \| AWS::SSM::Parameter \|/,
    );
    assert.match(document, /told from the template alone: stacks.first.Word is not known yet/);

    const tools = toolsIn(`${folders.phasesDir}/phase`);
    for (const [index, { input }] of stacksStep.expand(['first', 'second'], context).entries()) {
      const parameters = { Word: ['hello', 'hello again'][index] ?? '' };
      await stacksStep.run(stepCall('stacks', { ...input, parameters }, randomUUID()), tools);
    }
    assert.equal((await preview()).result.note, '0 created, 0 updated, 2 unchanged');

    for (const { input } of teardownStep.expand('all', context)) {
      const { note } = await teardownStep.run(stepCall('teardown', input, 'one'), tools);
      assert.match(note ?? '', /deleted$/);
      const again = await teardownStep.run(stepCall('teardown', input, 'one'), tools);
      assert.match(again.note ?? '', /does not exist$/);
    }
  });
});
