import { ListPipelineExecutionsCommand, StopPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import { stopExecution } from '../../../src/activities/pipeline/engine/stop.ts';
import { settleRelease } from '../../../src/activities/pipeline/settle.ts';
import { PermanentError } from '../../../src/base/errors.ts';
import { memoryStore, toolsIn } from '../../support/tools.ts';
import { deploy, pipeline, stage } from '../../sandbox/pipelines/definitions.ts';
import { type Attempted, Releases } from './support.ts';

describe('a release that is cancelled', function () {
  this.timeout(60_000);
  let releases: Releases;

  beforeEach(async () => {
    releases = await Releases.start();
    const variables = [{ name: 'Release', defaultValue: 'none' }];
    await releases.bench.create(pipeline('release', [stage('Deploy', [deploy('Ship', 'hang')])], { variables }));
  });
  afterEach(() => releases.stop());

  /** Begins a release and cancels it while its action runs. */
  async function cancelled(more: Parameters<Releases['attempt']>[0] = {}): Promise<Attempted & { id: string }> {
    const cancel = new AbortController();
    const attempt = releases.attempt(more, { tools: { signal: cancel.signal } });
    const { executionId } = await releases.bench.toy.hanging('Ship');
    await releases.waitFor(() => (releases.asked.includes('GetPipelineExecution') ? true : undefined));
    cancel.abort(new Error('cancelled'));
    await assert.rejects(attempt.ended, /cancelled/);
    return { ...attempt, id: executionId };
  }

  const settle = ({ input, call, tools }: Attempted) =>
    settleRelease(releases.address('release'), input, call, toolsIn('.', { records: tools.records }), () => undefined);

  it('is stopped when its running action has ended', async () => {
    const attempt = await cancelled();
    const settled = settle(attempt);
    await releases.bench.reaches('release', attempt.id, 'Stopping');
    await releases.bench.toy.release('Ship');
    assert.equal(await settled, `execution ${attempt.id} was stopped`);
    assert.deepEqual(releases.bench.toy.aborted, []);
  });

  it('is abandoned when its running action does not end in time', async () => {
    const { id } = await cancelled();
    const quick = { reason: 'cancelled', graceMs: 100, pauseMs: 20 };
    const done = await stopExecution(releases.address('release'), id, quick);
    assert.equal(done, `execution ${id} was stopped, and its running actions were abandoned`);
    assert.deepEqual(releases.bench.toy.aborted, ['Ship']);
  });

  it('that a person is stopping already is waited for', async () => {
    const { id } = await cancelled();
    await releases.bench.client.send(
      new StopPipelineExecutionCommand({ pipelineName: 'release', pipelineExecutionId: id, abandon: false }),
    );
    const stopped = stopExecution(releases.address('release'), id, { reason: 'cancelled', pauseMs: 20 });
    await releases.waitFor(() => (releases.asked.includes('StopPipelineExecution') ? true : undefined));
    await releases.bench.toy.release('Ship');
    assert.equal(await stopped, `execution ${id} was stopped`);
  });

  it('that has ended by itself is left alone', async () => {
    const { id } = await cancelled();
    await releases.bench.toy.release('Ship');
    await releases.bench.reaches('release', id, 'Succeeded');
    const done = await stopExecution(releases.address('release'), id, { reason: 'cancelled' });
    assert.equal(done, `execution ${id} had ended as Succeeded already`);
  });

  it('that ends while the stop is requested is read again', async () => {
    const { id } = await cancelled();
    await releases.bench.order({
      ...{ kind: 'error', operation: 'StopPipelineExecution', code: 'PipelineExecutionNotStoppableException' },
    });
    const stopped = stopExecution(releases.address('release'), id, { reason: 'cancelled', pauseMs: 20 });
    await releases.waitFor(() => (releases.asked.includes('StopPipelineExecution') ? true : undefined));
    await releases.bench.toy.release('Ship');
    assert.equal(await stopped, `execution ${id} ended as Succeeded before it was stopped`);
  });

  it('before it has started anything, leaves nothing behind', async () => {
    const attempt = releases.attempt({ pipeline: 'other' });
    await assert.rejects(attempt.ended);
    assert.equal(await settle(attempt), 'nothing had been started');
  });

  it('whose start was answered to nobody is found by its variable, and stopped', async () => {
    await releases.bench.order({ kind: 'lost', operation: 'StartPipelineExecution' });
    const attempt = releases.attempt({ releaseVariable: 'Release' });
    await assert.rejects(attempt.ended);
    const { executionId } = await releases.bench.toy.hanging('Ship');
    const settled = settle(attempt);
    await releases.bench.reaches('release', executionId, 'Stopping');
    await releases.bench.toy.release('Ship');
    assert.equal(await settled, `execution ${executionId} was stopped`);
  });

  it('whose start was answered to nobody is told, not stopped, when another could be meant', async () => {
    await releases.bench.order({ kind: 'lost', operation: 'StartPipelineExecution' });
    const attempt = releases.attempt({ variables: { Release: 'v1' } }, { tools: { records: memoryStore() } });
    await assert.rejects(attempt.ended);
    await assert.rejects(settle(attempt), (error) => {
      assert.ok(error instanceof PermanentError);
      assert.match(error.message, /execution \S+ may have been started by this step. If so, stop it on AWS/);
      return true;
    });
    const command = new ListPipelineExecutionsCommand({ pipelineName: 'release' });
    const { pipelineExecutionSummaries = [] } = await releases.bench.client.send(command);
    assert.deepEqual(
      pipelineExecutionSummaries.map(({ status }) => status),
      ['InProgress'],
    );
  });
});
