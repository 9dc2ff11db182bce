import {
  ListPipelineExecutionsCommand,
  ListRuleExecutionsCommand,
  OverrideStageConditionCommand,
  type ConditionType,
  type RuleDeclaration,
} from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import type { RuleOutcome, RuleProvider } from '../../../scripts/sandbox/pipelines/rules/rule.ts';
import { variableCheck } from '../../../scripts/sandbox/pipelines/rules/variable-check.ts';
import { deploy, pipeline, stage } from './definitions.ts';
import { Bench } from './harness.ts';

/** A rule that ends as the test says. */
class ToyRule implements RuleProvider {
  readonly provider = 'CloudWatchAlarm';
  next: RuleOutcome | 'hang' = { status: 'Succeeded', summary: 'quiet' };

  run(): Promise<RuleOutcome> {
    return this.next === 'hang' ? new Promise(() => undefined) : Promise.resolve(this.next);
  }
}

describe('CodePipeline stand-in: conditions of stages', () => {
  const alarm = new ToyRule();
  let bench: Bench;

  beforeEach(async () => {
    alarm.next = { status: 'Succeeded', summary: 'quiet' };
    bench = await Bench.start({ rules: [alarm, variableCheck], minute: 20 });
  });
  afterEach(() => bench.stop());

  const rings = (): void => void (alarm.next = { status: 'Failed', summary: 'the alarm rings' });
  const rule = (
    provider: string,
    configuration: Record<string, string>,
    more: Partial<RuleDeclaration> = {},
  ): RuleDeclaration => ({
    name: 'Look',
    ruleTypeId: { category: 'Rule', owner: 'AWS', provider, version: '1' },
    configuration,
    ...more,
  });
  const watch = (more: Partial<RuleDeclaration> = {}) => rule('CloudWatchAlarm', { AlarmName: 'errors' }, more);
  const isProduction = rule('VariableCheck', { Variable: '#{variables.Stage}', Value: 'production', Operator: 'EQ' });
  const variables = [{ name: 'Stage', defaultValue: 'test' }];
  const override = (pipelineExecutionId: string, conditionType: ConditionType) =>
    bench.client.send(
      new OverrideStageConditionCommand({
        pipelineName: 'release',
        stageName: 'Deploy',
        pipelineExecutionId,
        conditionType,
      }),
    );

  it('beforeEntry: the stage is entered when all rules succeed', async () => {
    const entry = { beforeEntry: { conditions: [{ result: 'FAIL' as const, rules: [watch()] }] } };
    await bench.create(pipeline('release', [stage('Deploy', [deploy('Ship')], entry)]));
    const id = await bench.startExecution('release');
    await bench.reaches('release', id, 'Succeeded');
    const { beforeEntryConditionState } = await bench.stageState('release', 'Deploy');
    assert.equal(beforeEntryConditionState?.latestExecution?.status, 'Succeeded');
    const [state] = beforeEntryConditionState.conditionStates!;
    assert.deepEqual(
      state?.ruleStates?.map(({ ruleName, latestExecution }) => [
        ruleName,
        latestExecution?.status,
        latestExecution?.summary,
      ]),
      [['Look', 'Succeeded', 'quiet']],
    );
  });

  it('beforeEntry with FAIL: no action runs; an override enters the stage after all', async () => {
    rings();
    const entry = { beforeEntry: { conditions: [{ result: 'FAIL' as const, rules: [watch()] }] } };
    await bench.create(pipeline('release', [stage('Deploy', [deploy('Ship')], entry)]));
    const id = await bench.startExecution('release');
    const { statusSummary } = await bench.reaches('release', id, 'Failed');
    assert.equal(statusSummary, 'Stage Deploy: its entry condition has failed. Rule Look: the alarm rings');
    assert.ok(!bench.toy.order.includes('Ship'));
    await override(id, 'BEFORE_ENTRY');
    await bench.reaches('release', id, 'Succeeded');
    const { beforeEntryConditionState } = await bench.stageState('release', 'Deploy');
    assert.equal(beforeEntryConditionState?.latestExecution?.status, 'Overridden');
  });

  it('beforeEntry with SKIP: the stage is skipped, which nobody can override', async () => {
    const entry = { beforeEntry: { conditions: [{ result: 'SKIP' as const, rules: [isProduction] }] } };
    const stages = [stage('Deploy', [deploy('Ship')], entry), stage('After', [deploy('Late')])];
    await bench.create(pipeline('release', stages, { variables }));
    const id = await bench.startExecution('release');
    await bench.reaches('release', id, 'Succeeded');
    assert.deepEqual(bench.toy.order, ['Fetch', 'Late']);
    assert.equal((await bench.stageState('release', 'Deploy')).latestExecution?.status, 'Skipped');
    await assert.rejects(override(id, 'BEFORE_ENTRY'), { name: 'ConditionNotOverridableException' });
    const production = await bench.startExecution('release', { variables: [{ name: 'Stage', value: 'production' }] });
    await bench.reaches('release', production, 'Succeeded');
    assert.deepEqual(bench.toy.order.slice(2), ['Fetch', 'Ship', 'Late']);
  });

  it('a condition in progress holds the execution, and an override lets it go on', async () => {
    alarm.next = 'hang';
    const success = { onSuccess: { conditions: [{ result: 'FAIL' as const, rules: [watch()] }] } };
    await bench.create(pipeline('release', [stage('Deploy', [deploy('Ship')], success)]));
    const id = await bench.startExecution('release');
    await bench.until(async () => {
      const { onSuccessConditionState } = await bench.stageState('release', 'Deploy');
      return onSuccessConditionState?.latestExecution?.status === 'InProgress' || undefined;
    });
    assert.equal((await bench.execution('release', id)).status, 'InProgress');
    await override(id, 'ON_SUCCESS');
    await bench.reaches('release', id, 'Succeeded');
  });

  it('a rule that does not end fails after its time-out', async () => {
    alarm.next = 'hang';
    const success = {
      onSuccess: { conditions: [{ result: 'FAIL' as const, rules: [watch({ timeoutInMinutes: 5 })] }] },
    };
    await bench.create(pipeline('release', [stage('Deploy', [deploy('Ship')], success)]));
    const { statusSummary } = await bench.reaches('release', await bench.startExecution('release'), 'Failed');
    assert.match(statusSummary!, /its success condition has failed\. Rule Look: The rule has not ended in time\./);
  });

  it('onSuccess with ROLLBACK: the stage fails, and the last success is deployed again by an execution of its own', async () => {
    const success = { onSuccess: { conditions: [{ result: 'ROLLBACK' as const, rules: [watch()] }] } };
    await bench.create(pipeline('release', [stage('Deploy', [deploy('Ship')], success)]));
    const good = await bench.startExecution('release');
    await bench.reaches('release', good, 'Succeeded');
    rings();
    const bad = await bench.startExecution('release');
    const { statusSummary } = await bench.reaches('release', bad, 'Failed');
    const list = new ListPipelineExecutionsCommand({ pipelineName: 'release' });
    const [rollback] = (await bench.client.send(list)).pipelineExecutionSummaries!;
    assert.equal(rollback?.executionType, 'ROLLBACK');
    assert.deepEqual(rollback.trigger, { triggerType: 'AutomatedRollback', triggerDetail: bad });
    assert.deepEqual(rollback.rollbackMetadata, { rollbackTargetPipelineExecutionId: good });
    assert.match(statusSummary!, new RegExp(`Rolled back by execution ${rollback.pipelineExecutionId}\\.$`));
    await bench.reaches('release', rollback.pipelineExecutionId!, 'Succeeded');
    await assert.rejects(override(bad, 'ON_SUCCESS'), { name: 'NotLatestPipelineExecutionException' });
  });

  it('onFailure with ROLLBACK: says so where there is nothing to roll back to', async () => {
    const failing = stage('Deploy', [deploy('Ship', 'fail')], { onFailure: { result: 'ROLLBACK' } });
    await bench.create(pipeline('release', [failing]));
    const { statusSummary } = await bench.reaches('release', await bench.startExecution('release'), 'Failed');
    assert.equal(statusSummary, 'Stage Deploy: action Ship failed. There is no execution to roll back to.');
  });

  it('onFailure with RETRY: the failed actions run once more', async () => {
    const onFailure = { result: 'RETRY' as const, retryConfiguration: { retryMode: 'FAILED_ACTIONS' as const } };
    await bench.create(pipeline('release', [stage('Deploy', [deploy('Ship', 'hang')], { onFailure })]));
    const id = await bench.startExecution('release');
    await bench.toy.release('Ship', 'fail');
    await bench.toy.release('Ship', 'fail');
    await bench.reaches('release', id, 'Failed');
    const { retryStageMetadata } = await bench.stageState('release', 'Deploy');
    assert.deepEqual(retryStageMetadata, { autoStageRetryAttempt: 1, latestRetryTrigger: 'AutomatedStageRetry' });
  });

  it('lists the runs of rules with their resolved configuration', async () => {
    const success = { onSuccess: { conditions: [{ result: 'FAIL' as const, rules: [isProduction] }] } };
    await bench.create(pipeline('release', [stage('Deploy', [deploy('Ship')], success)], { variables }));
    const id = await bench.startExecution('release');
    await bench.reaches('release', id, 'Failed');
    const list = new ListRuleExecutionsCommand({ pipelineName: 'release', filter: { pipelineExecutionId: id } });
    const [detail] = (await bench.client.send(list)).ruleExecutionDetails!;
    assert.equal(detail?.status, 'Failed');
    assert.equal(detail.input?.resolvedConfiguration?.['Variable'], 'test');
    assert.equal(detail.output?.executionResult?.externalExecutionSummary, "'test' EQ 'production' is false.");
  });
});
