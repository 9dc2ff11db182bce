import {
  DisableStageTransitionCommand,
  ListPipelineExecutionsCommand,
  type StartPipelineExecutionInput,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import type { Released } from '../../../src/activities/pipeline/engine/release.ts';
import { PermanentError } from '../../../src/base/errors.ts';
import { variableCheck } from '../../../scripts/sandbox/pipelines/rules/variable-check.ts';
import { memoryStore } from '../../support/tools.ts';
import { deploy, pipeline, stage } from '../../sandbox/pipelines/definitions.ts';
import { Releases } from './support.ts';

describe('a stage', function () {
  this.timeout(60_000);
  let releases: Releases;

  beforeEach(async () => {
    releases = await Releases.start();
    await releases.bench.create(pipeline('release', [stage('Deploy', [deploy('Ship', 'hang')])]));
  });
  afterEach(() => releases.stop());

  async function started(revision: string, variables: Pick<StartPipelineExecutionInput, 'variables'> = {}) {
    return releases.bench.startExecution('release', {
      sourceRevisions: [{ actionName: 'Fetch', revisionType: 'S3_OBJECT_VERSION_ID', revisionValue: revision }],
      ...variables,
    });
  }

  async function run(how: 'succeed' | 'fail', revision = 'v1'): Promise<string> {
    const id = await started(revision);
    await releases.bench.toy.release('Ship', how);
    await releases.bench.reaches('release', id, how === 'succeed' ? 'Succeeded' : 'Failed');
    return id;
  }

  async function refusal(ended: Promise<unknown>): Promise<string> {
    try {
      await ended;
    } catch (error) {
      assert.ok(error instanceof PermanentError, String(error));
      return error.message;
    }
    throw new Error('it did not fail');
  }

  const count = (operation: string) => releases.asked.filter((one) => one === operation).length;

  describe('is retried', () => {
    it('in the execution that failed, which then ends under its own id', async () => {
      const id = await run('fail');
      const attempt = releases.attempt({ retry: 'failed-actions' });
      await releases.bench.reaches('release', id, 'InProgress');
      await releases.bench.toy.release('Ship');
      assert.equal((await attempt.ended).executionId, id);
    });

    it('once, although the answer is lost', async () => {
      const id = await run('fail');
      const records = memoryStore();
      await releases.bench.order({ kind: 'lost', operation: 'RetryStageExecution' });
      await assert.rejects(releases.attempt({ retry: 'all-actions' }, { tools: { records } }).ended);
      await releases.bench.toy.release('Ship', 'fail');
      await releases.bench.reaches('release', id, 'Failed');
      const second = releases.attempt({ retry: 'all-actions' }, { tools: { records, attempt: 2 } });
      assert.match(await refusal(second.ended), /action Deploy\/Ship failed/);
      assert.equal(count('RetryStageExecution'), 1);
    });

    it('only if it has failed', async () => {
      const id = await run('succeed');
      assert.equal(
        await refusal(releases.attempt({ retry: 'failed-actions' }).ended),
        `Pipeline release in us-east-1: its newest execution ${id} is Succeeded, so there is no failed stage to retry.`,
      );
    });

    it('not where AWS says that another execution is newer', async () => {
      await run('fail');
      const code = 'NotLatestPipelineExecutionException';
      await releases.bench.order({ kind: 'error', operation: 'RetryStageExecution', code });
      assert.match(
        await refusal(releases.attempt({ retry: 'failed-actions' }).ended),
        /is no longer the newest in stage Deploy/,
      );
    });
  });

  describe('is rolled back', () => {
    it('to the execution that succeeded in it before, by an execution of its own', async () => {
      const target = await run('succeed', 'v1');
      const current = await run('succeed', 'v2');
      const attempt = releases.attempt({ rollback: 'Deploy' });
      await releases.bench.toy.release('Ship');
      const { executionId, revisions } = (await attempt.ended) as { executionId: string; revisions: unknown };
      assert.ok(![target, current].includes(executionId));
      assert.deepEqual(revisions, [{ source: 'Fetch', revision: 'v1' }]);
      const { rollbackMetadata } = await releases.bench.execution('release', executionId);
      assert.equal(rollbackMetadata?.rollbackTargetPipelineExecutionId, target);
    });

    it('once, although the answer is lost', async () => {
      await run('succeed', 'v1');
      await run('succeed', 'v2');
      const records = memoryStore();
      await releases.bench.order({ kind: 'lost', operation: 'RollbackStage' });
      await assert.rejects(releases.attempt({ rollback: 'Deploy' }, { tools: { records } }).ended);
      const second = releases.attempt({ rollback: 'Deploy' }, { tools: { records, attempt: 2 } });
      await releases.bench.toy.release('Ship');
      const { executionId } = await second.ended;
      assert.equal(count('RollbackStage'), 1);
      const command = new ListPipelineExecutionsCommand({ pipelineName: 'release' });
      const { pipelineExecutionSummaries: all = [] } = await releases.bench.client.send(command);
      assert.deepEqual([all.length, all[0]?.pipelineExecutionId], [3, executionId]);
    });

    /** Rolls the stage back, and tells the revision that it has brought back. */
    async function rolledBack(how: 'succeed' | 'fail' = 'succeed'): Promise<string> {
      const attempt = releases.attempt({ rollback: 'Deploy' });
      attempt.ended.catch(() => undefined);
      await releases.bench.toy.release('Ship', how);
      const { revisions } = (await attempt.ended) as Released;
      return revisions.map(({ revision }) => revision).join();
    }

    it('to what was there before, when the last execution has skipped the stage', async () => {
      const isWanted = { Variable: '#{variables.Stage}', Value: 'production', Operator: 'EQ' };
      const ruleTypeId = { category: 'Rule', owner: 'AWS', provider: 'VariableCheck', version: '1' } as const;
      const rules = [{ name: 'Wanted', ruleTypeId, configuration: isWanted }];
      const entry = { beforeEntry: { conditions: [{ result: 'SKIP' as const, rules }] } };
      const skipping = pipeline('release', [stage('Deploy', [deploy('Ship', 'hang')], entry)], {
        variables: [{ name: 'Stage', defaultValue: 'production' }],
      });
      await releases.restart({ rules: [variableCheck] });
      await releases.bench.client.send(new UpdatePipelineCommand({ pipeline: skipping }));
      await run('succeed', 'v1');
      await run('succeed', 'v2');
      const skipped = await started('v3', { variables: [{ name: 'Stage', value: 'test' }] });
      await releases.bench.reaches('release', skipped, 'Succeeded');
      assert.equal((await releases.bench.stageState('release', 'Deploy')).latestExecution?.status, 'Skipped');
      assert.equal(await rolledBack(), 'v1');
    });

    it('to what was there before, when another execution is held before the stage', async () => {
      await run('succeed', 'v1');
      await run('succeed', 'v2');
      const transition = { pipelineName: 'release', stageName: 'Deploy', transitionType: 'Inbound' } as const;
      await releases.bench.client.send(new DisableStageTransitionCommand({ ...transition, reason: 'freeze' }));
      const held = await started('v3');
      await releases.bench.until(async () => {
        const { inboundExecutions = [] } = await releases.bench.stageState('release', 'Deploy');
        return inboundExecutions.find(({ pipelineExecutionId }) => pipelineExecutionId === held);
      });
      assert.equal(await rolledBack(), 'v1');
      assert.equal((await releases.bench.execution('release', held)).status, 'InProgress');
    });

    it('further when it has been rolled back already, and to the same again when that has failed', async () => {
      for (const revision of ['v1', 'v2', 'v3']) await run('succeed', revision);
      await assert.rejects(rolledBack('fail'), /action Deploy\/Ship failed/);
      assert.equal(await rolledBack(), 'v2');
      assert.equal(await rolledBack(), 'v1');
      assert.match(await refusal(releases.attempt({ rollback: 'Deploy' }).ended), /nothing to roll back to/);
    });

    it('only if something succeeded in it before', async () => {
      await run('succeed');
      assert.match(await refusal(releases.attempt({ rollback: 'Deploy' }).ended), /nothing to roll back to/);
      assert.match(
        await refusal(releases.attempt({ rollback: 'Deplay' }).ended),
        /has no stage "Deplay" \(it has Source, Deploy\)/,
      );
    });
  });
});
