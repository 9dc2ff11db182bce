import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import assert from 'node:assert/strict';
import type { RuleAttempt } from '../../../scripts/sandbox/pipelines/machine/state.ts';
import { cloudWatchAlarm } from '../../../scripts/sandbox/pipelines/rules/cloudwatch-alarm.ts';
import { deploymentWindow, isWithin } from '../../../scripts/sandbox/pipelines/rules/deployment-window.ts';
import { lambdaInvoke } from '../../../scripts/sandbox/pipelines/rules/lambda-invoke.ts';
import type { RuleOutcome, RuleProvider } from '../../../scripts/sandbox/pipelines/rules/rule.ts';
import { variableCheck } from '../../../scripts/sandbox/pipelines/rules/variable-check.ts';
import { emulator } from '../../support/emulator.ts';
import { Toy } from './toy.ts';

const roleArn = 'arn:aws:iam::000000000000:role/pipeline';

describe('CodePipeline stand-in: rules', () => {
  const run = (
    provider: RuleProvider,
    resolved: Record<string, string>,
    started = Date.now(),
  ): Promise<RuleOutcome> => {
    const ids = { id: 'id', rule: 'Look', provider: provider.provider, status: 'InProgress' } as const;
    const rule: RuleAttempt = {
      ...ids,
      ...{ started, updated: started, expires: Infinity },
      ...{ configuration: resolved, resolved, region: 'us-east-1', inputs: [], roleArn },
    };
    const place = { pipeline: 'release', executionId: 'execution', stage: 'Deploy', folder: '.' };
    return provider.run(rule, { signal: new AbortController().signal, minute: 60, place });
  };
  const status = async (...args: Parameters<typeof run>) => (await run(...args)).status;

  it('VariableCheck compares by its four operators, MATCHES with the whole text', async () => {
    const check = (Variable: string, Operator: string, Value: string) =>
      status(variableCheck, { Variable, Operator, Value });
    assert.equal(await check('main', 'EQ', 'main'), 'Succeeded');
    assert.equal(await check('main', 'NE', 'main'), 'Failed');
    assert.equal(await check('a hotfix', 'CONTAINS', 'fix'), 'Succeeded');
    assert.equal(await check('release/7', 'MATCHES', 'release/[0-9]+'), 'Succeeded');
    assert.equal(await check('my release/7', 'MATCHES', 'release/[0-9]+'), 'Failed');
    const { error } = await run(variableCheck, { Variable: 'main', Operator: 'GT', Value: '1' });
    assert.match(error!.message, /EQ, NE, CONTAINS, MATCHES/);
  });

  describe('CloudWatchAlarm', () => {
    it('watches for WaitTime, and fails as soon as the alarm rings', async () => {
      const states = ['OK', 'OK', 'ALARM'];
      const alarm = cloudWatchAlarm(() => Promise.resolve(states.shift()));
      const { status: found, summary } = await run(alarm, { AlarmName: 'errors', WaitTime: '1000' });
      assert.deepEqual([found, summary], ['Failed', 'Alarm errors is in state ALARM.']);
    });

    it('succeeds at the end of WaitTime, counted from the beginning of the rule', async () => {
      const alarm = cloudWatchAlarm(() => Promise.resolve('OK'));
      assert.equal(await status(alarm, { AlarmName: 'errors', WaitTime: '2' }), 'Succeeded');
      assert.equal(await status(alarm, { AlarmName: 'errors', WaitTime: '1000' }, Date.now() - 61_000), 'Succeeded');
    });

    it('fails with an error for an alarm that does not exist, which is no quiet alarm', async () => {
      const { status: found, error } = await run(
        cloudWatchAlarm(() => Promise.resolve(undefined)),
        { AlarmName: 'none' },
      );
      assert.deepEqual([found, error?.message], ['Failed', 'There is no alarm none in us-east-1.']);
    });

    it('asks CloudWatch', async () => {
      await emulator();
      const cloudWatch = new CloudWatchClient({ region: 'us-east-1' });
      const AlarmName = 'stand-in-errors';
      await cloudWatch.send(
        new PutMetricAlarmCommand({
          ...{ AlarmName, Namespace: 'AWS/Lambda', MetricName: 'Errors', Statistic: 'Sum', Period: 60 },
          ...{ EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold' },
        }),
      );
      for (const [StateValue, expected] of [
        ['OK', 'Succeeded'],
        ['ALARM', 'Failed'],
      ] as const) {
        await cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'test' }));
        assert.equal(await status(cloudWatchAlarm(), { AlarmName }), expected);
      }
      cloudWatch.destroy();
    });
  });

  it('LambdaInvoke runs the Lambda action with the parameters and the role of the rule', async () => {
    const toy = new Toy();
    const rule = lambdaInvoke(toy.providers);
    assert.equal(await status(rule, { FunctionName: 'smoke', UserParameters: 'x' }), 'Succeeded');
    const [invoked] = toy.runs;
    assert.deepEqual(invoked?.configuration, { FunctionName: 'smoke', UserParameters: 'x' });
    assert.deepEqual([invoked.roleArn, invoked.stage, invoked.action], [roleArn, 'Deploy', 'Look']);
    const { status: found, error } = await run(rule, { FunctionName: 'smoke', Toy: 'fail' });
    assert.deepEqual([found, error?.code], ['Failed', 'JobFailed']);
    await assert.rejects(run(lambdaInvoke([]), { FunctionName: 'smoke' }), /no action Invoke\/AWS\/Lambda/);
  });

  describe('DeploymentWindow', () => {
    const friday = Date.UTC(2026, 10, 27, 14, 30);

    it('knows ranges, lists, steps, names and the year', () => {
      const within = (cron: string) => isWithin(cron, 'UTC', friday);
      assert.ok(within('* * 9-17 ? * MON-FRI'));
      assert.ok(within('* 0/15 14,15 * NOV 6 2026'));
      assert.ok(!within('* * 9-17 ? * MON-THU'));
      assert.ok(!within('* 0/20 * * * ?'));
      assert.ok(!within('* * * ? * * 2027'));
    });

    it('takes the time zone into account', async () => {
      const window = (TimeZone: string) => status(deploymentWindow, { Cron: '* * 9-14 ? * *', TimeZone }, friday);
      assert.equal(await window('UTC'), 'Succeeded');
      assert.equal(await window('Europe/Berlin'), 'Failed');
    });

    it('names what it does not understand', () => {
      assert.throws(() => isWithin('* * * * *', 'UTC', friday), /has 5 fields; a window has 6 or 7/);
      assert.throws(() => isWithin('* * * L * ?', 'UTC', friday), /"L" is not a value for day of month/);
      assert.throws(() => isWithin('* * * ? * *', 'Mars', friday), /"Mars" is not a time zone/);
    });
  });
});
