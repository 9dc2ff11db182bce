import assert from 'node:assert/strict';
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  DescribeLogStreamsCommand,
  DeleteRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { alarmsCheck } from '../../../src/activities/live/alarms/index.ts';
import { alertDeliveredCheck } from '../../../src/activities/live/alert-delivered/index.ts';
import { dashboardCheck } from '../../../src/activities/live/dashboard/index.ts';
import { logsCheck } from '../../../src/activities/live/logs/index.ts';
import { probeName } from '../../../src/activities/live/check.ts';
import { SubscribedQueues } from '../../../src/activities/live/alert-delivered/probe.ts';
import { readLive } from '../../../src/activities/live/environment.ts';
import { sharedClient } from '../../../src/aws/clients.ts';
import { sha256 } from '../../../src/base/digest.ts';
import { emulator } from '../../support/emulator.ts';
import { LiveStack, region } from '../../support/live.ts';
import { checkCall } from '../../support/tools.ts';

function alarm(more: object = {}) {
  const Properties = {
    Namespace: 'Test',
    MetricName: 'Errors',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanThreshold',
    Threshold: 5,
    AlarmActions: [{ Ref: 'Alerts' }],
    ...more,
  };
  return { Type: 'AWS::CloudWatch::Alarm', Properties };
}

describe('checks of monitoring', () => {
  let live: LiveStack;
  const cloudWatch = () => sharedClient(CloudWatchClient, { region });
  const alarms = async () => {
    const answer = await cloudWatch().send(new DescribeAlarmsCommand({ AlarmNamePrefix: live.stackName }));
    return answer.MetricAlarms ?? [];
  };
  const set = async (part: string, StateValue: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA') => {
    const found = (await alarms()).find(({ AlarmName = '' }) => AlarmName.includes(part));
    await cloudWatch().send(
      new SetAlarmStateCommand({ AlarmName: found?.AlarmName, StateValue, StateReason: 'set by a test' }),
    );
  };

  /** What an attempt leaves whose worker is killed. */
  async function leaveProbe(): Promise<void> {
    const topic = await live.idOf('Alerts');
    const probe = probeName(checkCall(alertDeliveredCheck.kind, {}));
    const QueueName = `${probe}-${sha256(topic).slice(0, 8)}-left`;
    const sqs = sharedClient(SQSClient, { region });
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    await sharedClient(SNSClient, { region }).send(
      new SubscribeCommand({ TopicArn: topic, Protocol: 'sqs', Endpoint: Attributes?.QueueArn }),
    );
  }

  before(async () => {
    await emulator();
    live = await LiveStack.deploy({
      Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Version: '2012-10-17', Statement: [] } } },
      Lines: {
        Type: 'AWS::Logs::LogGroup',
        Properties: { RetentionInDays: 14, KmsKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } },
      },
      Alerts: { Type: 'AWS::SNS::Topic', Properties: {} },
      Inbox: { Type: 'AWS::SQS::Queue', Properties: {} },
      Reads: {
        Type: 'AWS::SNS::Subscription',
        Properties: { TopicArn: { Ref: 'Alerts' }, Protocol: 'sqs', Endpoint: { 'Fn::GetAtt': ['Inbox', 'Arn'] } },
      },
      Strict: alarm(),
      Quiet: alarm({ TreatMissingData: 'notBreaching' }),
      Old: alarm({ MetricName: 'Rare', TreatMissingData: 'ignore' }),
      Board: {
        Type: 'AWS::CloudWatch::Dashboard',
        Properties: {
          DashboardBody: {
            'Fn::Sub': '{"widgets":[{"type":"alarm","properties":{"title":"Alarms","alarms":["${Strict.Arn}"]}}]}',
          },
        },
      },
    });
  });
  after(() => live.remove());

  it('alarms: no data, and old data, are not OK; a policy of its own may take no data for good', async () => {
    await set('Strict', 'INSUFFICIENT_DATA');
    await set('Quiet', 'INSUFFICIENT_DATA');
    await set('Old', 'OK');
    assert.deepEqual(await live.check(alarmsCheck), {
      state: 'inconclusive',
      reason: 'development/app Old is OK by old data only; development/app Strict has no data',
    });
  });

  it('alarms: pass once all are OK on data of now, with evidence', async () => {
    await cloudWatch().send(
      new PutMetricDataCommand({ Namespace: 'Test', MetricData: [{ MetricName: 'Rare', Value: 1 }] }),
    );
    await set('Strict', 'OK');
    const { state, evidence } = await live.check(alarmsCheck);
    assert.equal(state, 'passed');
    assert.match(JSON.stringify(evidence), /"where":"alarms of development","sha256":"[0-9a-f]{64}"/);
  });

  it('alarms: fail with the name of the one that is in ALARM', async () => {
    await set('Strict', 'ALARM');
    const { state, reason } = await live.check(alarmsCheck);
    assert.deepEqual([state, reason], ['failed', 'development/app Strict is in ALARM']);
    await set('Strict', 'OK');
  });

  it('alert-delivered: an alarm that is set off arrives, and everything is as it was', async () => {
    await leaveProbe();
    const before = (await alarms()).map(({ AlarmName, StateValue }) => [AlarmName, StateValue]);
    const found = await live.check(alertDeliveredCheck);
    assert.equal(found.state, 'passed', found.reason);
    assert.deepEqual(
      (await alarms()).map(({ AlarmName, StateValue }) => [AlarmName, StateValue]),
      before,
    );
    const { QueueUrls = [] } = await sharedClient(SQSClient, { region }).send(
      new ListQueuesCommand({ QueueNamePrefix: 'phasegate-probe-' }),
    );
    assert.deepEqual(QueueUrls, []);
    const { Subscriptions = [] } = await sharedClient(SNSClient, { region }).send(
      new ListSubscriptionsByTopicCommand({ TopicArn: await live.idOf('Alerts') }),
    );
    assert.equal(Subscriptions.length, 1);
  });

  it('alert-delivered: tells of subscribed queues of the environment that get nothing', async () => {
    const sns = sharedClient(SNSClient, { region });
    const TopicArn = await live.idOf('Alerts');
    const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    const stacks = [{ stack: 'app', stackName: live.stackName }];
    const { signal } = new AbortController();
    const { live: environment } = await readLive({ name: 'development', region, stacks, signal });
    const silentAfter = async (send: () => Promise<unknown>) => {
      const queues = new SubscribedQueues(environment, Subscriptions, 1_000);
      await queues.count();
      await send();
      return queues.silent();
    };
    assert.deepEqual(await silentAfter(() => Promise.resolve()), ['development/app Inbox']);
    assert.deepEqual(await silentAfter(() => sns.send(new PublishCommand({ TopicArn, Message: 'a trial' }))), []);
  });

  it('logs: pass when a line that was written is found, and leave nothing behind', async () => {
    const found = await live.check(logsCheck);
    assert.equal(found.state, 'passed', found.reason);
    const client = sharedClient(CloudWatchLogsClient, { region });
    const group = await live.idOf('Lines');
    const { logStreams } = await client.send(new DescribeLogStreamsCommand({ logGroupName: group }));
    assert.deepEqual(logStreams, []);
  });

  it('dashboard: passes with its alarm, and fails once that is gone', async () => {
    assert.equal((await live.check(dashboardCheck)).state, 'passed');
    const AlarmName = await live.idOf('Strict');
    await cloudWatch().send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName] }));
    const { state, reason } = await live.check(dashboardCheck);
    assert.deepEqual(
      [state, reason],
      ['failed', `development/app Board shows alarm ${AlarmName}, which does not exist`],
    );
    assert.match((await live.check(alarmsCheck)).reason, /Strict does not exist/);
  });

  it('logs: fail without retention, and without the group', async () => {
    const client = sharedClient(CloudWatchLogsClient, { region });
    const logGroupName = await live.idOf('Lines');
    await client.send(new DeleteRetentionPolicyCommand({ logGroupName }));
    assert.equal((await live.check(logsCheck)).reason, 'development/app Lines keeps its lines for ever');
    await client.send(new DeleteLogGroupCommand({ logGroupName }));
    assert.equal((await live.check(logsCheck)).reason, 'development/app Lines does not exist');
  });

  it('alert-delivered: fails where nobody is subscribed', async () => {
    const client = sharedClient(SNSClient, { region });
    const topic = (await alarms())[0]?.AlarmActions?.[0];
    const { Subscriptions = [] } = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn: topic }));
    for (const { SubscriptionArn } of Subscriptions) await client.send(new UnsubscribeCommand({ SubscriptionArn }));
    const { state, reason } = await live.check(alertDeliveredCheck);
    assert.deepEqual([state, reason], ['failed', 'development/app Alerts has no confirmed subscription']);
  });
});

describe('an alert-delivered check of alarms that must not be tried', () => {
  let live: LiveStack;
  const acting = 'arn:aws:lambda:eu-west-1:000000000000:function:mend';
  before(async () => {
    await emulator();
    live = await LiveStack.deploy({
      Pager: { Type: 'AWS::SNS::Topic', Properties: {} },
      Inbox: { Type: 'AWS::SQS::Queue', Properties: {} },
      Reads: {
        Type: 'AWS::SNS::Subscription',
        Properties: { TopicArn: { Ref: 'Pager' }, Protocol: 'sqs', Endpoint: { 'Fn::GetAtt': ['Inbox', 'Arn'] } },
      },
      // What it does once it is well again would be done when the trial puts it back.
      Mending: alarm({ AlarmActions: [{ Ref: 'Pager' }], OKActions: [acting] }),
      Quiet: alarm({ AlarmActions: [] }),
      Whole: {
        Type: 'AWS::CloudWatch::CompositeAlarm',
        Properties: { AlarmRule: { 'Fn::Sub': 'ALARM("${Quiet}")' }, AlarmActions: [{ Ref: 'Pager' }] },
      },
    });
  });
  after(() => live.remove());

  it('tells so, instead of passing over their topic', async () => {
    assert.deepEqual(await live.check(alertDeliveredCheck), {
      state: 'inconclusive',
      reason: 'development/app Pager is spoken to only by alarms that cannot be tried without harm',
    });
  });
});
