import { GetPipelineCommand } from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import { action, deploy, pipeline, source, stage } from './definitions.ts';
import { Bench } from './harness.ts';

describe('CodePipeline stand-in: executions', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await Bench.start();
  });
  afterEach(() => bench.stop());

  it('creates a pipeline and reads it back as version 1', async () => {
    const declared = pipeline('release', [stage('Deploy', [deploy('Ship')])]);
    await bench.create(declared);
    const { pipeline: read, metadata } = await bench.client.send(new GetPipelineCommand({ name: 'release' }));
    assert.deepEqual(read, { ...declared, version: 1 });
    assert.equal(metadata?.pipelineArn, 'arn:aws:codepipeline:us-east-1:000000000000:release');
    assert.ok(metadata.created instanceof Date);
  });

  it('runs stage after stage, actions of one runOrder at once, and hands artifacts on', async () => {
    const build = action('Compile', 'Build', {
      inputArtifacts: [{ name: 'Code' }],
      outputArtifacts: [{ name: 'Bundle' }],
      configuration: { ProjectName: 'app', Toy: 'hang' },
    });
    const lint = action('Lint', 'Build', { configuration: { ProjectName: 'app', Toy: 'hang' } });
    const scan = action('Scan', 'Test', { configuration: { ProjectName: 'app' }, runOrder: 2 });
    const ship = deploy('Ship', 'succeed', { inputArtifacts: [{ name: 'Bundle' }] });
    await bench.create(pipeline('release', [stage('Build', [build, lint, scan]), stage('Deploy', [ship])]));
    const id = await bench.startExecution('release');
    await bench.toy.hanging('Compile');
    await bench.toy.hanging('Lint');
    assert.deepEqual(bench.toy.order.toSorted(), ['Compile', 'Fetch', 'Lint']);
    await bench.toy.release('Compile');
    await bench.toy.release('Lint');

    const { executionMode, executionType, trigger, pipelineVersion } = await bench.reaches('release', id, 'Succeeded');
    assert.deepEqual([executionMode, executionType, pipelineVersion], ['QUEUED', 'STANDARD', 1]);
    assert.equal(trigger?.triggerType, 'StartPipelineExecution');
    assert.deepEqual(bench.toy.order.slice(3), ['Scan', 'Ship']);
    const [, , , , shipped] = bench.toy.runs;
    const compiled = bench.toy.runs.find((run) => run.action === 'Compile')!;
    assert.deepEqual(shipped?.inputs, [{ name: 'Bundle', file: `${compiled.folder}/Bundle.zip` }]);
  });

  it('takes the source revision that it is asked for, and says which one ran', async () => {
    await bench.create(pipeline('release', [stage('Deploy', [deploy('Ship')])]));
    const id = await bench.startExecution('release', {
      sourceRevisions: [{ actionName: 'Fetch', revisionType: 'S3_OBJECT_VERSION_ID', revisionValue: 'v7' }],
    });
    const { artifactRevisions } = await bench.reaches('release', id, 'Succeeded');
    assert.deepEqual(
      artifactRevisions?.map(({ name, revisionId }) => ({ name, revisionId })),
      [{ name: 'Code', revisionId: 'v7' }],
    );
    await assert.rejects(
      bench.startExecution('release', {
        sourceRevisions: [{ actionName: 'Other', revisionType: 'COMMIT_ID', revisionValue: 'abc' }],
      }),
      { name: 'ValidationException', message: /no source action 'Other'/ },
    );
  });

  it('resolves variables of the pipeline and of actions', async () => {
    const fetch = source({ configuration: { Variables: '{"Commit":"abc"}' } });
    const ship = deploy('Ship', 'succeed', {
      configuration: { Text: '#{variables.Stage}/#{Source.Commit}/#{codepipeline.PipelineExecutionId}' },
    });
    const declared = pipeline('release', [stage('Deploy', [ship])], {
      variables: [{ name: 'Stage', defaultValue: 'test' }, { name: 'Ticket' }],
    });
    await bench.create({ ...declared, stages: [stage('Source', [fetch]), ...declared.stages!.slice(1)] });
    const id = await bench.startExecution('release', {
      variables: [
        { name: 'Stage', value: 'production' },
        { name: 'Ticket', value: 'T-1' },
      ],
    });
    const { variables } = await bench.reaches('release', id, 'Succeeded');
    assert.deepEqual(variables, [
      { name: 'Stage', resolvedValue: 'production' },
      { name: 'Ticket', resolvedValue: 'T-1' },
    ]);
    assert.equal(bench.toy.runs.at(-1)?.configuration['Text'], `production/abc/${id}`);

    const name = 'ValidationException';
    await assert.rejects(bench.startExecution('release'), { name, message: /'Ticket' has no default/ });
    const undeclared = { variables: [{ name: 'Other', value: 'x' }] };
    await assert.rejects(bench.startExecution('release', undeclared), {
      name,
      message: /declare the variable 'Other'/,
    });
  });

  it('answers the same execution for the same clientRequestToken, and refuses it with other parameters', async () => {
    const variables = [{ name: 'Stage', defaultValue: 'test' }];
    await bench.create(pipeline('release', [stage('Deploy', [deploy('Ship')])], { variables }));
    const id = await bench.startExecution('release', { clientRequestToken: 'one' });
    assert.equal(await bench.startExecution('release', { clientRequestToken: 'one' }), id);
    assert.notEqual(await bench.startExecution('release', { clientRequestToken: 'two' }), id);
    const burst = Array.from({ length: 10 }, () => bench.startExecution('release', { clientRequestToken: 'three' }));
    assert.equal(new Set(await Promise.all(burst)).size, 1);
    const other = { clientRequestToken: 'one', variables: [{ name: 'Stage', value: 'other' }] };
    await assert.rejects(bench.startExecution('release', other), { name: 'ValidationException' });
  });

  it('fails the execution when an action fails, after the actions beside it have ended', async () => {
    const actions = [deploy('Ship', 'fail'), deploy('Beside', 'hang'), deploy('Behind', 'succeed', { runOrder: 2 })];
    await bench.create(pipeline('release', [stage('Deploy', actions)]));
    const id = await bench.startExecution('release');
    await bench.toy.hanging('Beside');
    assert.equal((await bench.execution('release', id)).status, 'InProgress');
    await bench.toy.release('Beside');
    const { statusSummary } = await bench.reaches('release', id, 'Failed');
    assert.equal(statusSummary, 'Stage Deploy: action Ship failed.');
    assert.ok(!bench.toy.order.includes('Behind'));
  });

  it('answers with typed errors where there is no such pipeline or execution', async () => {
    await assert.rejects(bench.startExecution('none'), { name: 'PipelineNotFoundException' });
    await bench.create(pipeline('release', [stage('Deploy', [deploy('Ship')])]));
    const id = '00000000-0000-4000-8000-000000000000';
    await assert.rejects(bench.execution('release', id), { name: 'PipelineExecutionNotFoundException' });
  });
});
