import {
  DisableStageTransitionCommand,
  EnableStageTransitionCommand,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import { deploy, pipeline, stage } from './definitions.ts';
import { Bench } from './harness.ts';

describe('CodePipeline stand-in: modes and transitions', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await Bench.start();
  });
  afterEach(() => bench.stop());

  const held = () => [stage('Deploy', [deploy('Ship', 'hang')])];

  async function inbound(name: string): Promise<(string | undefined)[]> {
    const { inboundExecutions = [] } = await bench.stageState(name, 'Deploy');
    return inboundExecutions.map(({ pipelineExecutionId }) => pipelineExecutionId);
  }

  async function waitsBefore(name: string, ...ids: string[]): Promise<void> {
    await bench.until(async () => (await inbound(name)).join() === ids.join() || undefined);
  }

  it('QUEUED: a later execution waits before the stage, and enters it when the earlier one has left', async () => {
    await bench.create(pipeline('release', held()));
    const first = await bench.startExecution('release');
    await bench.toy.hanging('Ship');
    const second = await bench.startExecution('release');
    const third = await bench.startExecution('release');
    await waitsBefore('release', second, third);
    assert.equal((await bench.stageState('release', 'Deploy')).latestExecution?.pipelineExecutionId, first);
    for (const id of [first, second, third]) {
      assert.equal((await bench.toy.hanging('Ship')).executionId, id);
      await bench.toy.release('Ship');
      await bench.reaches('release', id, 'Succeeded');
    }
  });

  it('SUPERSEDED: of those that wait the newest remains, and the one in the stage goes on', async () => {
    await bench.create(pipeline('release', held(), { executionMode: 'SUPERSEDED' }));
    const first = await bench.startExecution('release');
    await bench.toy.hanging('Ship');
    const second = await bench.startExecution('release');
    await waitsBefore('release', second);
    const third = await bench.startExecution('release');
    const { statusSummary } = await bench.reaches('release', second, 'Superseded');
    assert.equal(statusSummary, `Execution ${third} is newer.`);
    assert.equal((await bench.execution('release', first)).status, 'InProgress');
    await bench.toy.release('Ship');
    await bench.reaches('release', first, 'Succeeded');
    await bench.toy.release('Ship');
    await bench.reaches('release', third, 'Succeeded');
  });

  it('PARALLEL: executions do not wait for each other, and GetPipelineState knows none of them', async () => {
    await bench.create(pipeline('release', held(), { executionMode: 'PARALLEL' }));
    const first = await bench.startExecution('release');
    await bench.toy.hanging('Ship');
    const second = await bench.startExecution('release');
    await bench.until(async () => bench.toy.order.filter((name) => name === 'Ship').length === 2 || undefined);
    const { latestExecution, actionStates } = await bench.stageState('release', 'Deploy');
    assert.equal(latestExecution, undefined);
    assert.deepEqual(actionStates, [{ actionName: 'Ship' }]);
    await bench.toy.release('Ship');
    await bench.reaches('release', second, 'Succeeded');
    assert.equal((await bench.execution('release', first)).status, 'InProgress');
  });

  it('refuses to start more than 50 executions at once', async () => {
    await bench.create(pipeline('release', held()));
    for (let count = 0; count < 50; count++) await bench.startExecution('release');
    await assert.rejects(bench.startExecution('release'), {
      name: 'ConcurrentPipelineExecutionsLimitExceededException',
    });
  }).timeout(20_000);

  it('holds executions before a disabled transition, with the reason, until it is enabled', async () => {
    await bench.create(pipeline('release', [stage('Deploy', [deploy('Ship')])]));
    const where = { pipelineName: 'release', stageName: 'Deploy', transitionType: 'Inbound' } as const;
    await bench.client.send(new DisableStageTransitionCommand({ ...where, reason: 'Freeze until Monday' }));
    const id = await bench.startExecution('release');
    await waitsBefore('release', id);
    const { inboundTransitionState, inboundExecution } = await bench.stageState('release', 'Deploy');
    assert.equal(inboundTransitionState?.enabled, false);
    assert.equal(inboundTransitionState.disabledReason, 'Freeze until Monday');
    assert.equal(inboundExecution?.pipelineExecutionId, id);
    assert.equal((await bench.execution('release', id)).status, 'InProgress');
    await bench.client.send(new EnableStageTransitionCommand(where));
    await bench.reaches('release', id, 'Succeeded');
    const missing = new DisableStageTransitionCommand({ ...where, stageName: 'None', reason: 'x' });
    await assert.rejects(bench.client.send(missing), { name: 'StageNotFoundException' });
  });

  it('an update of the definition cancels executions that have not ended', async () => {
    await bench.create(pipeline('release', held()));
    const id = await bench.startExecution('release');
    await bench.toy.hanging('Ship');
    const changed = pipeline('release', [stage('Deploy', [deploy('Ship', 'succeed')])]);
    const { pipeline: updated } = await bench.client.send(new UpdatePipelineCommand({ pipeline: changed }));
    assert.equal(updated?.version, 2);
    assert.equal((await bench.execution('release', id)).status, 'Cancelled');
    assert.deepEqual(bench.toy.aborted, ['Ship']);
    await bench.reaches('release', await bench.startExecution('release'), 'Succeeded');
  });
});
