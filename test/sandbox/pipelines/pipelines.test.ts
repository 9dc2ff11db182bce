import {
  DeletePipelineCommand,
  GetPipelineCommand,
  ListPipelineExecutionsCommand,
  ListPipelinesCommand,
  RetryStageExecutionCommand,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RuleProvider } from '../../../scripts/sandbox/pipelines/rules/rule.ts';
import { deploy, pipeline, source, stage } from './definitions.ts';
import { Bench } from './harness.ts';

describe('CodePipeline stand-in: pipelines', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await Bench.start();
  });
  afterEach(() => bench.stop());

  const small = (name: string, way: 'succeed' | 'hang' = 'succeed') =>
    pipeline(name, [stage('Deploy', [deploy('Ship', way)])]);

  it('keeps the versions of a definition', async () => {
    await bench.create(small('release'));
    await bench.client.send(new UpdatePipelineCommand({ pipeline: small('release', 'hang') }));
    const version = async (number?: number) => {
      const { pipeline: read } = await bench.client.send(new GetPipelineCommand({ name: 'release', version: number }));
      return [read?.version, read?.stages?.[1]?.actions?.[0]?.configuration?.['Toy']];
    };
    assert.deepEqual(await version(), [2, 'hang']);
    assert.deepEqual(await version(1), [1, 'succeed']);
    await assert.rejects(version(3), { name: 'PipelineVersionNotFoundException' });
    const missing = new UpdatePipelineCommand({ pipeline: small('none') });
    await assert.rejects(bench.client.send(missing), { name: 'PipelineNotFoundException' });
  });

  it('lists pipelines by name, in pages', async () => {
    for (const name of ['b', 'c', 'a']) await bench.create(small(name));
    const first = await bench.client.send(new ListPipelinesCommand({ maxResults: 2 }));
    const { pipelines: rest = [] } = await bench.client.send(new ListPipelinesCommand({ nextToken: first.nextToken }));
    assert.deepEqual(
      [...first.pipelines!, ...rest].map(({ name }) => name),
      ['a', 'b', 'c'],
    );
    assert.equal(rest[0]?.pipelineType, 'V2');
  });

  it('deletes a pipeline with its executions, and ends what runs', async () => {
    await bench.create(small('release', 'hang'));
    await bench.startExecution('release');
    await bench.toy.hanging('Ship');
    for (const _ of [1, 2]) await bench.client.send(new DeletePipelineCommand({ name: 'release' }));
    assert.deepEqual(bench.toy.aborted, ['Ship']);
    assert.deepEqual(await readdir(join(bench.stateDir, 'pipelines')), []);
    await assert.rejects(bench.startExecution('release'), { name: 'PipelineNotFoundException' });
    await bench.create(small('release'));
    const list = new ListPipelineExecutionsCommand({ pipelineName: 'release' });
    assert.deepEqual((await bench.client.send(list)).pipelineExecutionSummaries, []);
  });

  it('a pipeline whose name is that of a folder above stays in its own', async () => {
    await bench.create(small('..'));
    await bench.reaches('..', await bench.startExecution('..'), 'Succeeded');
    assert.deepEqual(await readdir(join(bench.stateDir, 'pipelines')), ['%2E.']);
    await bench.halt();
    await bench.serve();
    const { pipelines = [] } = await bench.client.send(new ListPipelinesCommand({}));
    assert.deepEqual(
      pipelines.map(({ name }) => name),
      ['..'],
    );
  });

  it('V1 takes no variables at start; variables in the definition make it V2', async () => {
    const v1 = pipeline('old', [stage('Deploy', [deploy('Ship')])], {
      pipelineType: 'V1',
      executionMode: 'SUPERSEDED',
    });
    await bench.create(v1);
    const variables = [{ name: 'Stage', value: 'test' }];
    await assert.rejects(bench.startExecution('old', { variables }), {
      name: 'ValidationException',
      message: /type V2/,
    });
    const declared = { ...v1, name: 'new', variables: [{ name: 'Stage', defaultValue: 'x' }] };
    await bench.create(declared);
    const { pipeline: read } = await bench.client.send(new GetPipelineCommand({ name: 'new' }));
    assert.equal(read?.pipelineType, 'V2');
  });

  it('starts an execution of a new pipeline where it is told to, as AWS does', async () => {
    await bench.halt();
    await bench.serve({ startOnCreate: true });
    await bench.create(small('release'));
    const list = new ListPipelineExecutionsCommand({ pipelineName: 'release' });
    const [created] = (await bench.client.send(list)).pipelineExecutionSummaries!;
    assert.equal(created?.trigger?.triggerType, 'CreatePipeline');
  });

  it('an S3 source takes a key and a version at once, where it allows another key', async () => {
    const allowed = { S3Bucket: 'code', S3ObjectKey: 'code.zip', AllowOverrideForS3ObjectKey: 'true' };
    for (const [name, configuration] of [
      ['open', allowed],
      ['closed', { S3Bucket: 'code', S3ObjectKey: 'code.zip' }],
    ] as const) {
      const declared = small(name);
      await bench.create({ ...declared, stages: [stage('Source', [source({ configuration })]), declared.stages![1]!] });
      await bench.startExecution(name, {
        sourceRevisions: [
          { actionName: 'Fetch', revisionType: 'S3_OBJECT_KEY', revisionValue: 'other.zip' },
          { actionName: 'Fetch', revisionType: 'S3_OBJECT_VERSION_ID', revisionValue: 'v7' },
        ],
      });
    }
    await bench.until(async () => bench.toy.order.filter((name) => name === 'Fetch').length === 2 || undefined);
    const [open, closed] = bench.toy.runs.filter(({ action }) => action === 'Fetch');
    assert.deepEqual([open?.configuration['S3ObjectKey'], open?.revision?.value], ['other.zip', 'v7']);
    // The provider refuses it.
    assert.deepEqual(closed?.revision, { type: 'S3_OBJECT_KEY', value: 'other.zip' });
  });

  it('a retry of all actions looks at a failed condition again', async () => {
    const summaries = ['loud', 'quiet'];
    const alarm: RuleProvider = {
      provider: 'CloudWatchAlarm',
      run: async () => {
        const summary = summaries.shift()!;
        return { status: summary === 'loud' ? 'Failed' : 'Succeeded', summary };
      },
    };
    await bench.halt();
    await bench.serve({ rules: [alarm] });
    const ruleTypeId = { category: 'Rule', owner: 'AWS', provider: 'CloudWatchAlarm', version: '1' } as const;
    const onSuccess = { conditions: [{ result: 'FAIL' as const, rules: [{ name: 'Look', ruleTypeId }] }] };
    await bench.create(pipeline('release', [stage('Deploy', [deploy('Ship')], { onSuccess })]));
    const id = await bench.startExecution('release');
    await bench.reaches('release', id, 'Failed');
    const retry = (retryMode: 'FAILED_ACTIONS' | 'ALL_ACTIONS') =>
      bench.client.send(
        new RetryStageExecutionCommand({
          ...{ pipelineName: 'release', stageName: 'Deploy', pipelineExecutionId: id },
          retryMode,
        }),
      );
    await assert.rejects(retry('FAILED_ACTIONS'), {
      name: 'StageNotRetryableException',
      message: /no action has failed/,
    });
    await retry('ALL_ACTIONS');
    await bench.reaches('release', id, 'Succeeded');
  });
});
