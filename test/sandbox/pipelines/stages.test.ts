import {
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  PutApprovalResultCommand,
  RetryStageExecutionCommand,
  RollbackStageCommand,
  StopPipelineExecutionCommand,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import { action, deploy, pipeline, stage } from './definitions.ts';
import { Bench } from './harness.ts';

describe('CodePipeline stand-in: approval, stop, retry and rollback', () => {
  let bench: Bench;

  beforeEach(async () => {
    // A minute of a definition takes 20 ms.
    bench = await Bench.start({ minute: 20 });
  });
  afterEach(() => bench.stop());

  const release = { pipelineName: 'release' };

  async function openToken(): Promise<string> {
    return bench.until(
      async () => (await bench.stageState('release', 'Gate')).actionStates?.[0]?.latestExecution?.token,
    );
  }

  async function listedToken(pipelineExecutionId: string): Promise<string | undefined> {
    const command = new ListActionExecutionsCommand({ ...release, filter: { pipelineExecutionId } });
    const { actionExecutionDetails = [] } = await bench.client.send(command);
    const approval = actionExecutionDetails.find(({ actionName }) => actionName === 'Approve');
    return approval?.output?.executionResult?.externalExecutionId;
  }

  function answer(token: string, status: 'Approved' | 'Rejected', summary = 'as reviewed') {
    const where = { ...release, stageName: 'Gate', actionName: 'Approve' };
    return bench.client.send(new PutApprovalResultCommand({ ...where, token, result: { status, summary } }));
  }

  describe('approval', () => {
    const gate = stage('Gate', [action('Approve', 'Approval')]);

    it('waits for the answer to its token; an answer is taken once', async () => {
      await bench.create(pipeline('release', [gate, stage('Deploy', [deploy('Ship')])]));
      const id = await bench.startExecution('release');
      const token = await openToken();
      await assert.rejects(answer('00000000-0000-4000-8000-000000000000', 'Approved'), {
        name: 'InvalidApprovalTokenException',
      });
      assert.ok((await answer(token, 'Approved')).approvedAt instanceof Date);
      await bench.reaches('release', id, 'Succeeded');
      await assert.rejects(answer(token, 'Rejected'), { name: 'ApprovalAlreadyCompletedException' });
      const { actionStates } = await bench.stageState('release', 'Gate');
      const { status, summary, token: left } = actionStates![0]!.latestExecution!;
      assert.deepEqual([status, summary, left], ['Succeeded', 'as reviewed', undefined]);
    });

    it('fails the execution when it is rejected', async () => {
      await bench.create(pipeline('release', [gate, stage('Deploy', [deploy('Ship')])]));
      const id = await bench.startExecution('release');
      await answer(await openToken(), 'Rejected', 'not on a Friday');
      await bench.reaches('release', id, 'Failed');
      assert.equal(
        (await bench.stageState('release', 'Gate')).actionStates?.[0]?.latestExecution?.summary,
        'not on a Friday',
      );
    });

    it('fails the execution when nobody answers in time', async () => {
      const approve = action('Approve', 'Approval', { timeoutInMinutes: 5 });
      await bench.create(pipeline('release', [stage('Gate', [approve])]));
      const id = await bench.startExecution('release');
      await bench.reaches('release', id, 'Failed');
      const token = await listedToken(id);
      await assert.rejects(answer(token!, 'Approved'), { name: 'InvalidApprovalTokenException' });
    });

    it('PARALLEL: the token is the external id that ListActionExecutions tells', async () => {
      await bench.create(pipeline('release', [gate], { executionMode: 'PARALLEL' }));
      const id = await bench.startExecution('release');
      const token = await bench.until(() => listedToken(id));
      await answer(token, 'Approved');
      await bench.reaches('release', id, 'Succeeded');
    });
  });

  describe('stop', () => {
    beforeEach(() =>
      bench.create(pipeline('release', [stage('Deploy', [deploy('Ship', 'hang')]), stage('After', [deploy('Late')])])),
    );

    const stop = (pipelineExecutionId: string, abandon?: boolean) =>
      bench.client.send(
        new StopPipelineExecutionCommand({ ...release, pipelineExecutionId, abandon, reason: 'not this one' }),
      );

    it('stops after the actions in progress; the same request again is a duplicate', async () => {
      const id = await bench.startExecution('release');
      await bench.toy.hanging('Ship');
      await stop(id);
      assert.equal((await bench.execution('release', id)).status, 'Stopping');
      assert.equal((await bench.stageState('release', 'Deploy')).latestExecution?.status, 'Stopping');
      await assert.rejects(stop(id), { name: 'DuplicatedStopRequestException' });
      await bench.toy.release('Ship');
      await bench.reaches('release', id, 'Stopped');
      assert.ok(!bench.toy.order.includes('Late'));
      await assert.rejects(stop(id), { name: 'PipelineExecutionNotStoppableException' });
      const { pipelineExecutionSummaries } = await bench.client.send(new ListPipelineExecutionsCommand(release));
      assert.deepEqual(pipelineExecutionSummaries?.[0]?.stopTrigger, { reason: 'not this one' });
    });

    it('abandons the actions in progress, also after a request to wait for them', async () => {
      const id = await bench.startExecution('release');
      await bench.toy.hanging('Ship');
      await stop(id);
      await stop(id, true);
      assert.equal((await bench.execution('release', id)).status, 'Stopped');
      assert.deepEqual(bench.toy.aborted, ['Ship']);
      const { actionStates, latestExecution } = await bench.stageState('release', 'Deploy');
      assert.equal(actionStates?.[0]?.latestExecution?.status, 'Abandoned');
      assert.equal(latestExecution?.status, 'Stopped');
    });

    it('stops an execution at once that waits before a stage', async () => {
      const first = await bench.startExecution('release');
      await bench.toy.hanging('Ship');
      const second = await bench.startExecution('release');
      await bench.until(async () => (await bench.stageState('release', 'Deploy')).inboundExecution);
      await stop(second);
      assert.equal((await bench.execution('release', second)).status, 'Stopped');
      assert.equal((await bench.execution('release', first)).status, 'InProgress');
    });
  });

  describe('retry of a stage', () => {
    const retry = (pipelineExecutionId: string, retryMode: 'FAILED_ACTIONS' | 'ALL_ACTIONS' = 'FAILED_ACTIONS') =>
      bench.client.send(
        new RetryStageExecutionCommand({ ...release, stageName: 'Deploy', pipelineExecutionId, retryMode }),
      );

    async function failed(): Promise<string> {
      const id = await bench.startExecution('release');
      await bench.toy.release('Ship', 'fail');
      await bench.reaches('release', id, 'Failed');
      return id;
    }

    beforeEach(() => bench.create(pipeline('release', [stage('Deploy', [deploy('Beside'), deploy('Ship', 'hang')])])));

    it('repeats the failed actions under the same execution id', async () => {
      const id = await failed();
      assert.equal((await retry(id)).pipelineExecutionId, id);
      assert.equal((await bench.execution('release', id)).status, 'InProgress');
      await bench.toy.release('Ship');
      await bench.reaches('release', id, 'Succeeded');
      assert.deepEqual(bench.toy.order.slice(1), ['Beside', 'Ship', 'Ship']);
      const { retryStageMetadata } = await bench.stageState('release', 'Deploy');
      assert.deepEqual(retryStageMetadata, { manualStageRetryAttempt: 1, latestRetryTrigger: 'ManualStageRetry' });

      const details = async (startTimeRange: 'Latest' | 'All') => {
        const filter = { latestInPipelineExecution: { pipelineExecutionId: id, startTimeRange } };
        const { actionExecutionDetails = [] } = await bench.client.send(
          new ListActionExecutionsCommand({ ...release, filter }),
        );
        return actionExecutionDetails.map(({ actionName, status }) => `${actionName} ${status}`).sort();
      };
      assert.deepEqual(await details('Latest'), ['Beside Succeeded', 'Fetch Succeeded', 'Ship Succeeded']);
      assert.deepEqual(await details('All'), ['Beside Succeeded', 'Fetch Succeeded', 'Ship Failed', 'Ship Succeeded']);
    });

    it('repeats all actions', async () => {
      const id = await failed();
      await retry(id, 'ALL_ACTIONS');
      await bench.toy.release('Ship');
      await bench.reaches('release', id, 'Succeeded');
      assert.deepEqual(bench.toy.order.slice(1), ['Beside', 'Ship', 'Beside', 'Ship']);
    });

    it('is refused for a stage that has not failed, after a later execution, and after an update', async () => {
      const id = await failed();
      const later = await bench.startExecution('release');
      await bench.toy.hanging('Ship');
      await assert.rejects(retry(id), { name: 'NotLatestPipelineExecutionException' });
      await assert.rejects(retry(later), { name: 'StageNotRetryableException' });
      await bench.toy.release('Ship', 'fail');
      await bench.reaches('release', later, 'Failed');
      const changed = pipeline('release', [stage('Deploy', [deploy('Ship')])]);
      await bench.client.send(new UpdatePipelineCommand({ pipeline: changed }));
      await assert.rejects(retry(later), { name: 'StageNotRetryableException' });
    });
  });

  describe('rollback of a stage', () => {
    const rollback = (targetPipelineExecutionId: string, stageName = 'Deploy') =>
      bench.client.send(new RollbackStageCommand({ ...release, stageName, targetPipelineExecutionId }));

    it('repeats the stage with what the target has deployed, in a new execution of type ROLLBACK', async () => {
      const ship = deploy('Ship', 'succeed', { inputArtifacts: [{ name: 'Code' }] });
      await bench.create(pipeline('release', [stage('Deploy', [ship]), stage('After', [deploy('Late')])]));
      const first = await bench.startExecution('release');
      await bench.reaches('release', first, 'Succeeded');
      const second = await bench.startExecution('release');
      await bench.reaches('release', second, 'Succeeded');

      const { pipelineExecutionId: id } = await rollback(first);
      const { executionType, rollbackMetadata, trigger } = await bench.reaches('release', id!, 'Succeeded');
      assert.equal(executionType, 'ROLLBACK');
      assert.deepEqual(rollbackMetadata, { rollbackTargetPipelineExecutionId: first });
      assert.equal(trigger?.triggerType, 'ManualRollback');
      const ships = bench.toy.runs.filter((run) => run.action === 'Ship');
      assert.deepEqual(ships[2]?.inputs, ships[0]?.inputs);
      assert.equal(bench.toy.order.filter((name) => name === 'Late').length, 2);
      const { latestExecution } = await bench.stageState('release', 'Deploy');
      assert.deepEqual([latestExecution?.pipelineExecutionId, latestExecution?.type], [id, 'ROLLBACK']);
      await assert.rejects(rollback(id!), { name: 'UnableToRollbackStageException' });
      await assert.rejects(rollback(first, 'Source'), { name: 'UnableToRollbackStageException' });
    });

    it('is refused while the stage runs, and for an execution of an earlier version', async () => {
      await bench.create(pipeline('release', [stage('Deploy', [deploy('Ship', 'hang')])]));
      const first = await bench.startExecution('release');
      await bench.toy.release('Ship');
      await bench.reaches('release', first, 'Succeeded');
      await bench.startExecution('release');
      await bench.toy.hanging('Ship');
      await assert.rejects(rollback(first), { name: 'UnableToRollbackStageException' });
      await bench.client.send(
        new UpdatePipelineCommand({ pipeline: pipeline('release', [stage('Deploy', [deploy('Ship')])]) }),
      );
      await assert.rejects(rollback(first), { name: 'PipelineExecutionOutdatedException' });
    });
  });
});
