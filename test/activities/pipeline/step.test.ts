import { CreatePipelineCommand } from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import { pipelineCheck } from '../../../src/activities/pipeline/check.ts';
import { pipelineStep } from '../../../src/activities/pipeline/step.ts';
import { NeedsApproval, type StepCall } from '../../../src/contract/kinds.ts';
import { checkCall, memoryStore, stepCall, toolsIn } from '../../support/tools.ts';
import { action, deploy, pipeline, source, stage } from '../../sandbox/pipelines/definitions.ts';
import { Bench } from '../../sandbox/pipelines/harness.ts';
import { pointAt } from './support.ts';

describe('a pipeline step and its check', function () {
  this.timeout(120_000);
  let bench: Bench;
  let pointBack: () => void;
  /** Clients are shared by region, so each test has one of its own. */
  let region = '';
  let count = 0;

  beforeEach(async () => {
    bench = await Bench.start();
    pointBack = pointAt(bench);
    count += 1;
    region = `eu-test-${count}`;
  });
  afterEach(async () => {
    pointBack();
    await bench.stop();
  });

  const inputOf = (more: object = {}) => ({
    ...{ name: 'shop', pipeline: 'shop-release', region, variables: {}, revisions: { Fetch: 'v7' }, clears: [] },
    ...more,
  });

  it('publishes the execution, its revision and the variables of actions with a namespace', async () => {
    const fetch = source({ configuration: { Variables: '{"ETag":"abc"}' } });
    const build = action('Compile', 'Build', {
      namespace: 'Build',
      configuration: { Variables: '{"Api@Digest":"d1"}' },
    });
    const quiet = action('Lint', 'Build', { configuration: { Variables: '{"Secret":"s"}' } });
    await bench.client.send(
      new CreatePipelineCommand({
        pipeline: {
          ...pipeline('shop-release', []),
          stages: [stage('Source', [fetch]), stage('Build', [build, quiet])],
        },
      }),
    );
    const tools = toolsIn('.', { records: memoryStore() });
    const { outputs, evidence, note } = await pipelineStep.run(stepCall('pipeline', inputOf()), tools);
    const id = outputs?.['ExecutionId'] ?? '';
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.deepEqual(outputs, {
      ExecutionId: id,
      Revision: 'v7',
      'Revision-Fetch': 'v7',
      'Build-Api-Digest': 'd1',
      'Source-ETag': 'abc',
    });
    assert.equal(note, 'shop released Fetch v7');
    const [proof] = evidence ?? [];
    assert.ok(typeof proof === 'object');
    assert.equal(proof.where, `arn:aws:codepipeline:us-east-1:000000000000:shop-release execution ${id}`);
    assert.match(proof.sha256 ?? '', /^[0-9a-f]{64}$/);
    assert.equal(tools.beats[0]?.['status'], 'looking');
  });

  it('asks for approval before the pipeline goes on, and gives it when the same step runs again', async () => {
    const stages = [stage('Production', [action('Approve', 'Approval'), deploy('Ship', 'succeed', { runOrder: 2 })])];
    await bench.create(pipeline('shop-release', stages));
    const records = memoryStore();
    const call: StepCall = stepCall('pipeline', inputOf({ clears: ['Production/Approve'] }));
    const run = (more: Partial<StepCall> = {}) => pipelineStep.run({ ...call, ...more }, toolsIn('.', { records }));
    const asked = await run().then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(asked instanceof NeedsApproval, String(asked));
    const [line = ''] = asked.changes.lines;
    assert.match(
      line,
      /^shop: approval Production\/Approve of revision Fetch v7, in execution \S+ of pipeline shop-release$/,
    );
    const { note } = await run({ approved: [asked.changes.sha256] });
    assert.equal(note, 'shop released Fetch v7');
  });

  it('settles by stopping its execution', async () => {
    await bench.create(pipeline('shop-release', [stage('Deploy', [deploy('Ship', 'hang')])]));
    const records = memoryStore();
    const cancel = new AbortController();
    const call = stepCall('pipeline', inputOf());
    const ended = pipelineStep.run(call, toolsIn('.', { records, signal: cancel.signal }));
    const { executionId } = await bench.toy.hanging('Ship');
    await bench.until(() => Promise.resolve(records.files.size > 1 ? true : undefined));
    cancel.abort(new Error('cancelled'));
    await assert.rejects(ended, /cancelled/);
    const settled = pipelineStep.settle?.(call, toolsIn('.', { records }));
    await bench.reaches('shop-release', executionId, 'Stopping');
    await bench.toy.release('Ship');
    assert.equal((await settled)?.note, `shop: execution ${executionId} was stopped`);
  });

  it('is checked by the latest execution of its revision', async () => {
    await bench.create(pipeline('shop-release', [stage('Deploy', [deploy('Ship', 'hang')])]));
    const look = async (revisions: object) => {
      const call = checkCall('pipeline', {
        name: 'shop',
        pipeline: 'shop-release',
        region,
        revisions: { ...revisions },
      });
      return pipelineCheck.run(call, toolsIn('.'));
    };
    const start = (revisionValue: string) =>
      bench.startExecution('shop-release', {
        sourceRevisions: [{ actionName: 'Fetch', revisionType: 'S3_OBJECT_VERSION_ID', revisionValue }],
      });
    assert.equal((await look({ Fetch: 'v1' })).state, 'failed');
    const first = await start('v1');
    await bench.toy.hanging('Ship');
    assert.equal((await look({ Fetch: 'v1' })).state, 'inconclusive');
    await bench.toy.release('Ship');
    await bench.reaches('shop-release', first, 'Succeeded');
    const { state, reason, evidence } = await look({ Fetch: 'v1' });
    assert.deepEqual([state, reason], ['passed', `pipeline shop has released Fetch v1 by execution ${first}`]);
    assert.equal(evidence?.length, 1);

    const second = await start('v2');
    await bench.toy.release('Ship');
    await bench.reaches('shop-release', second, 'Succeeded');
    assert.deepEqual(await look({ Fetch: 'v1' }), {
      state: 'failed',
      reason: `pipeline shop: execution ${second} has released Fetch v2 since`,
    });
  });
});
