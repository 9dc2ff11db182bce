import { ListPipelineExecutionsCommand, type PipelineExecutionSummary } from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { StepInput } from '../../../src/activities/pipeline/entry.ts';
import { action, deploy, pipeline, stage } from '../../sandbox/pipelines/definitions.ts';
import { Bench } from '../../sandbox/pipelines/harness.ts';
import type { Work } from './worker.ts';

describe('a worker that is killed between an effect on AWS and the answer', function () {
  this.timeout(120_000);
  let bench: Bench;
  let records: string;

  beforeEach(async () => {
    bench = await Bench.start();
    records = await mkdtemp(join(tmpdir(), 'phasegate-pipeline-records-'));
  });
  afterEach(async () => {
    await bench.stop();
    await rm(records, { recursive: true, force: true });
  });

  const input: StepInput = {
    ...{ name: 'release', pipeline: 'release', region: 'us-east-1' },
    ...{ variables: {}, revisions: {}, clears: [] },
  };

  /** A process that works, with the signal that ended it, or what it has printed. */
  async function run(more: Partial<Work> = {}): Promise<string> {
    const work: Work = { verb: 'run', endpoint: bench.url, records, input, attempt: 1, ...more };
    // The answer gets lost, as if the process had been killed before it came.
    if (work.killAfter !== undefined) await bench.order({ kind: 'lost', operation: work.killAfter });
    const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'worker.ts')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.end(JSON.stringify(work));
    const [printed, [code, signal]] = await Promise.all([
      text(child.stdout),
      once(child, 'exit') as Promise<[number | null, string | null]>,
    ]);
    if (signal === null) assert.equal(code, 0);
    return signal ?? printed.trim();
  }

  async function executions(): Promise<PipelineExecutionSummary[]> {
    const command = new ListPipelineExecutionsCommand({ pipelineName: 'release' });
    const { pipelineExecutionSummaries = [] } = await bench.client.send(command);
    return pipelineExecutionSummaries;
  }

  const create = (ship: ReturnType<typeof deploy>, ...before: ReturnType<typeof action>[]) =>
    bench.create(pipeline('release', [stage('Deploy', [...before, ship])]));

  async function executed(how: 'succeed' | 'fail'): Promise<string> {
    const id = await bench.startExecution('release');
    await bench.toy.release('Ship', how);
    await bench.reaches('release', id, how === 'succeed' ? 'Succeeded' : 'Failed');
    return id;
  }

  it('starts one execution', async () => {
    await create(deploy('Ship'));
    assert.equal(await run({ killAfter: 'StartPipelineExecution' }), 'SIGKILL');
    const id = await run({ attempt: 2 });
    assert.deepEqual(
      (await executions()).map(({ pipelineExecutionId, status }) => [pipelineExecutionId, status]),
      [[id, 'Succeeded']],
    );
  });

  it('gives an approval once', async () => {
    await create(deploy('Ship', 'succeed', { runOrder: 2 }), action('Approve', 'Approval'));
    const asks = { input: { ...input, clears: ['Deploy/Approve'] } };
    const approved = [await run(asks)];
    assert.equal(await run({ ...asks, approved, killAfter: 'PutApprovalResult' }), 'SIGKILL');
    const id = await run({ ...asks, approved, attempt: 2 });
    assert.equal(approved[0]?.split(' ')[0], id);
    assert.equal((await executions()).length, 1);
  });

  it('retries a stage once', async () => {
    await create(deploy('Ship', 'hang'));
    const id = await executed('fail');
    const retry = { input: { ...input, retry: 'failed-actions' as const } };
    assert.equal(await run({ ...retry, killAfter: 'RetryStageExecution' }), 'SIGKILL');
    const second = run({ ...retry, attempt: 2 });
    await bench.toy.release('Ship');
    assert.equal(await second, id);
    assert.equal(bench.toy.order.filter((name) => name === 'Ship').length, 2);
  });

  it('rolls a stage back once', async () => {
    await create(deploy('Ship', 'hang'));
    await executed('succeed');
    await executed('succeed');
    const rollback = { input: { ...input, rollback: 'Deploy' } };
    assert.equal(await run({ ...rollback, killAfter: 'RollbackStage' }), 'SIGKILL');
    const second = run({ ...rollback, attempt: 2 });
    await bench.toy.release('Ship');
    const id = await second;
    const types = (await executions()).map(({ executionType }) => executionType);
    assert.deepEqual(types, ['ROLLBACK', 'STANDARD', 'STANDARD']);
    assert.equal((await executions())[0]?.pipelineExecutionId, id);
  });

  it('stops the execution of a cancelled step', async () => {
    await create(deploy('Ship', 'hang'));
    assert.equal(await run({ killAfter: 'StartPipelineExecution' }), 'SIGKILL');
    // The worker that takes the step up is killed as well, once it follows the execution.
    assert.equal(await run({ attempt: 2, killAfter: 'GetPipelineExecution' }), 'SIGKILL');
    const { executionId } = await bench.toy.hanging('Ship');
    assert.equal(await run({ verb: 'settle', killAfter: 'StopPipelineExecution' }), 'SIGKILL');
    const settled = run({ verb: 'settle', attempt: 2 });
    await bench.toy.release('Ship');
    await settled;
    assert.deepEqual(
      (await executions()).map(({ pipelineExecutionId, status }) => [pipelineExecutionId, status]),
      [[executionId, 'Stopped']],
    );
  });
});
