import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  CreateStackCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import { MockActivityEnvironment } from '@temporalio/testing';
import { Heartbeats } from '../../../src/worker/host/heartbeats.ts';
import { kindActivities } from '../../../src/worker/host/kinds.ts';
import { stacksCheck } from '../../../src/activities/stacks/check.ts';
import { NeedsApproval, type StepCall, type StepResult } from '../../../src/contract/kinds.ts';
import { stacksStep } from '../../../src/activities/stacks/step.ts';
import { cloudFormation } from '../../../src/aws/clients.ts';
import { sha256 } from '../../../src/base/digest.ts';
import { bindContext, environment, stackEntry } from '../../support/bind-context.ts';
import { emulator } from '../../support/emulator.ts';
import { Folders } from '../../support/folders.ts';
import { chain } from '../../support/stacks.ts';
import { checkCall, memoryStore, stepCall, toolsIn } from '../../support/tools.ts';

describe('stacks in a playbook', () => {
  it('become one step for each stack and environment, in the order of their imports', () => {
    const { context, problems } = bindContext({
      stacks: { network: stackEntry(), compute: stackEntry({ template: 'infra/compute.yaml' }), keys: stackEntry() },
      stackImports: { compute: ['network', 'keys'] },
    });
    const drafts = stacksStep.expand(['network', 'compute'], context);
    assert.deepEqual(
      drafts.map(({ name, label, needs }) => [name, label, needs]),
      [
        ['network/development', 'network · development', []],
        ['network/production', 'network · production', []],
        ['compute/development', 'compute · development', ['network/development']],
        ['compute/production', 'compute · production', ['network/production']],
      ],
    );
    const last = drafts.at(-1)!;
    assert.deepEqual([last.environment, last.publishes], ['production', 'stacks.compute']);
    assert.deepEqual([last.input['stackName'], last.input['protected']], ['phase-9-production-compute', true]);
    assert.deepEqual(problems, []);
  });

  it('get the parameters of the environment that their template declares, then their own', () => {
    const { context } = bindContext({
      environments: { development: environment({ parameters: { Size: 'small', Days: '14', Cidr: '10.0.0.0/16' } }) },
      stacks: { logs: stackEntry({ declaredParameters: ['Size', 'Days'], parameters: { Days: '3' } }) },
    });
    assert.deepEqual(stacksStep.expand(['logs'], context)[0]!.input['parameters'], { Size: 'small', Days: '3' });
  });

  it('that an account has once are deployed once, and protected as soon as one environment is', () => {
    const { context } = bindContext({
      stacks: { audit: stackEntry({ per: 'account' }), logs: stackEntry() },
      stackImports: { logs: ['audit'] },
    });
    const [audit, ...logs] = stacksStep.expand(['audit', 'logs'], context);
    assert.deepEqual([audit!.name, audit!.environment], ['audit/account', undefined]);
    assert.deepEqual([audit!.input['stackName'], audit!.input['protected']], ['phase-9-account-audit', true]);
    assert.deepEqual(
      logs.map(({ needs }) => needs),
      [['audit/account'], ['audit/account']],
    );
  });

  it('are deployed as their environment says, and as they say themselves, which prevails', () => {
    const { context } = bindContext({
      environments: {
        development: environment({ recreate: true, deadline: 1800, templateBucket: 'templates' }),
        production: environment({ protected: true }),
      },
      stacks: {
        network: stackEntry(),
        data: stackEntry({
          deadline: 7200,
          recreate: false,
          keepParameters: ['Password'],
          stackPolicy: { Statement: [] },
        }),
      },
    });
    const settings = (stack: string) => stacksStep.expand([stack], context).map(({ input }) => input['settings']);
    assert.deepEqual(settings('network'), [
      { recreate: true, deadlineMs: 1_800_000, templateBucket: 'templates' },
      undefined,
    ]);
    const own = {
      recreate: false,
      deadlineMs: 7_200_000,
      keepParameters: ['Password'],
      stackPolicy: { Statement: [] },
    };
    assert.deepEqual(settings('data'), [{ ...own, templateBucket: 'templates' }, own]);
  });

  it('that do not exist, or come twice, are problems', () => {
    const { context, problems } = bindContext({ stacks: { network: stackEntry() } });
    assert.equal(stacksStep.expand(['network', 'netwrok', 'network'], context).length, 2);
    assert.deepEqual(problems, [
      'there is no stack "netwrok" Did you mean "network"?',
      'stack "network" is listed twice',
    ]);
  });
});

describe('a stacks step', () => {
  let folders: Folders;
  const phase = `t-${randomUUID().slice(0, 8)}`;
  const template = chain(2);
  const { context } = bindContext({
    phase,
    environments: { development: environment({ parameters: { Word: 'hello' } }), testing: environment() },
    stacks: { words: stackEntry({ template: 'words.json', digest: sha256(template), declaredParameters: ['Word'] }) },
  });
  const [draft] = stacksStep.expand(['words'], context);
  const check = () =>
    stacksCheck.run(
      checkCall('stacks', stacksCheck.expand(undefined, context).input),
      toolsIn(`${folders.phasesDir}/phase`),
    );

  before(async () => {
    await emulator();
    folders = await Folders.create({ phase: { 'words.json': template } });
  });
  after(() => folders.remove());

  it('deploys, shows how far it is, and publishes the outputs', async () => {
    const tools = toolsIn(`${folders.phasesDir}/phase`);
    const result = await stacksStep.run(stepCall('stacks', draft!.input), tools);
    assert.equal(result.outputs?.['Word'], 'hello');
    assert.equal(result.note, `${phase}-development-words created, 2 resources`);
    assert.ok(tools.beats.some(({ resource, done, total }) => resource === 'Link2' && done === 2 && total === 2));
  });

  it('is followed by a check that names what is not complete, and passes with evidence once all is', async () => {
    assert.deepEqual(await check(), {
      state: 'failed',
      reason: `1 of 2 stacks are not complete: ${phase}-testing-words does not exist`,
    });
    const [, testing] = stacksStep.expand(['words'], context);
    await stacksStep.run(stepCall('stacks', testing!.input, 'another'), toolsIn(`${folders.phasesDir}/phase`));
    const { state, evidence } = await check();
    assert.equal(state, 'passed');
    assert.match(JSON.stringify(evidence), /"sha256":"[0-9a-f]{64}"/);
  });

  it('asks in what is protected where a change may destroy data, and executes exactly what was agreed to', async () => {
    const step = async (resources: object, identity: string, approved?: readonly string[]) => {
      const text = JSON.stringify({ Resources: { Fine: { Type: 'AWS::SNS::Topic' }, ...resources } });
      await folders.write('phase', 'data.json', text);
      const { context: guarded } = bindContext({
        phase,
        environments: { production: environment({ protected: true }) },
        stacks: { data: stackEntry({ template: 'data.json', digest: sha256(text) }) },
      });
      const [only] = stacksStep.expand(['data'], guarded);
      const call = { ...stepCall('stacks', only!.input, identity), ...(approved === undefined ? {} : { approved }) };
      return stacksStep.run(call, toolsIn(`${folders.phasesDir}/phase`));
    };
    await step({ Data: { Type: 'AWS::S3::Bucket' } }, 'one');
    let asked = '';
    await assert.rejects(step({}, 'two'), (error: Error) => {
      assert.ok(error instanceof NeedsApproval);
      assert.match(error.changes.lines.join(), /production-data: AWS::S3::Bucket Data is removed/);
      asked = error.changes.sha256;
      return true;
    });
    await assert.rejects(step({}, 'two', ['0'.repeat(64)]), NeedsApproval);
    const { note } = await step({}, 'two', [asked]);
    assert.match(note ?? '', /updated/);
  });

  it('asks wherever a stack has its name that somebody else has made, and says so', async () => {
    const client = cloudFormation('eu-west-1');
    const StackName = `${phase}-development-taken`;
    const theirs = { Resources: { Queue: { Type: 'AWS::SQS::Queue' }, Fine: { Type: 'AWS::SNS::Topic' } } };
    await client.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(theirs) }));
    await waitUntilStackCreateComplete({ client, maxWaitTime: 30, minDelay: 1 }, { StackName });
    const step = async (text: string, identity: string, approved: readonly string[] = []) => {
      await folders.write('phase', 'taken.json', text);
      const stacks = { taken: stackEntry({ template: 'taken.json', digest: sha256(text) }) };
      const { context: open } = bindContext({ phase, environments: { development: environment() }, stacks });
      const [only] = stacksStep.expand(['taken'], open);
      assert.equal(only!.asks, true);
      const call = { ...stepCall('stacks', only!.input, identity), approved };
      return stacksStep.run(call, toolsIn(`${folders.phasesDir}/phase`));
    };
    const fine = JSON.stringify({
      Resources: { Fine: { Type: 'AWS::SNS::Topic' }, More: { Type: 'AWS::SNS::Topic' } },
    });
    let asked = '';
    await assert.rejects(step(fine, 'one'), (error: Error) => {
      assert.ok(error instanceof NeedsApproval);
      assert.deepEqual(error.changes.lines, [`${StackName}, not made by this phase: AWS::SQS::Queue Queue is removed`]);
      asked = error.changes.sha256;
      return true;
    });
    assert.match((await step(fine, 'one', [asked])).note ?? '', /updated/);
    // From then on it is one of ours.
    const less = JSON.stringify({ Resources: { Fine: { Type: 'AWS::SNS::Topic' } } });
    assert.match((await step(less, 'two')).note ?? '', /updated/);
  });

  it('finds a stack that somebody else deploys, and publishes its outputs', async () => {
    const { context: theirs } = bindContext({
      environments: { development: environment() },
      stacks: {
        words: stackEntry({ existing: `${phase}-{environment}-words`, template: '' }),
        gone: stackEntry({ existing: `${phase}-gone`, template: '', per: 'account' }),
      },
    });
    const [words, gone] = stacksStep.expand(['words', 'gone'], theirs);
    const tools = toolsIn(folders.phasesDir);
    const result = await stacksStep.run(stepCall('stacks', words!.input), tools);
    assert.equal(result.outputs?.['Word'], 'hello');
    assert.equal(result.note, `${phase}-development-words exists, not deployed by this phase`);
    assert.deepEqual(await stacksStep.settle!(stepCall('stacks', words!.input), tools), {});
    await assert.rejects(stacksStep.run(stepCall('stacks', gone!.input), tools), {
      name: 'PermanentError',
      message: new RegExp(`^Stack ${phase}-gone does not exist in eu-west-1\\. Its owner has to deploy it`),
    });
    const { input } = stacksCheck.expand(['words'], theirs);
    assert.equal((await stacksCheck.run(checkCall('stacks', input), tools)).state, 'passed');
  });

  it('has a deadline that counts from the first attempt, not from when it had to wait for a worker', async () => {
    const input = { ...draft!.input, stackName: `${phase}-late`, settings: { deadlineMs: 60_000 } };
    const { 'step.stacks': activity } = kindActivities([stacksStep], [], {
      phasesDir: folders.phasesDir,
      records: memoryStore(),
      heartbeats: await Heartbeats.open(null),
    });
    const call = { ...stepCall('stacks', input, 'late'), phase: { ...stepCall('stacks', input).phase, name: 'phase' } };
    const hourAgo = Date.now() - 3_600_000;
    const run = (info: object, one: StepCall): Promise<StepResult> =>
      new MockActivityEnvironment({ scheduledTimestampMs: hourAgo, ...info }).run(activity as never, one);
    assert.equal((await run({}, call)).note, `${phase}-late created, 2 resources`);
    const another = { ...call, identity: 'later', input: { ...input, stackName: `${phase}-later` } };
    const second = run({ attempt: 2, heartbeatDetails: { begunAt: hourAgo } }, another);
    await assert.rejects(second, /longer than its deadline of 1 min/);
  });

  it('settles what a cancellation left', async () => {
    const call = stepCall('stacks', draft!.input);
    const settled = await stacksStep.settle!(call, toolsIn(`${folders.phasesDir}/phase`));
    assert.equal(settled.note, `${phase}-development-words: it had ended as CREATE_COMPLETE already`);
  });

  it('is not what a check takes for it when the template is another, unless the phase has that one now, everywhere', async () => {
    const stackName = `${phase}-development-words`;
    const other = chain(2, 'other');
    const client = cloudFormation('eu-west-1');
    const update = async (StackName: string) => {
      await client.send(new UpdateStackCommand({ StackName, TemplateBody: other }));
      await waitUntilStackUpdateComplete({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { StackName });
    };
    await update(stackName);
    assert.deepEqual(await check(), {
      state: 'failed',
      reason: `1 of 2 stacks are not deployed from the phase's templates: ${stackName}`,
    });
    await folders.write('phase', 'words.json', other);
    const [now, before] = [other, template].map((text) => sha256(text).slice(0, 7));
    const versions = `${stackName} ${now}, ${phase}-testing-words ${before}`;
    assert.deepEqual(await check(), {
      state: 'failed',
      reason: `stacks are deployed from different versions of words.json (${versions}); deploy the older ones again`,
    });
    await update(`${phase}-testing-words`);
    const { state, reason } = await check();
    const changed = `changed since the phase started: ${stackName}, ${phase}-testing-words`;
    assert.deepEqual([state, reason.split('; ')[1]], ['passed', changed]);
    await folders.write('phase', 'words.json', template);
  });

  it('gives a check other evidence once somebody has deployed it with other parameters', async () => {
    const client = cloudFormation('eu-west-1');
    const StackName = `${phase}-development-words`;
    const speak = async (word: string) => {
      const Parameters = [{ ParameterKey: 'Word', ParameterValue: word }];
      await client.send(new UpdateStackCommand({ StackName, UsePreviousTemplate: true, Parameters }));
      await waitUntilStackUpdateComplete({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { StackName });
      return (await check()).evidence;
    };
    await folders.write('phase', 'words.json', chain(2, 'other'));
    const before = await speak('hello');
    assert.ok(before);
    assert.notDeepEqual(await speak('goodbye'), before);
    assert.deepEqual(await speak('hello'), before);
  });
});
