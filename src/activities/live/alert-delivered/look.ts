import type { CompositeAlarm, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { paginateListSubscriptionsByTopic, SNSClient, type Subscription } from '@aws-sdk/client-sns';
import { sha256 } from '../../../base/digest.ts';
import { sharedClient } from '../../../aws/clients.ts';
import { AlertProbe, SubscribedQueues } from './probe.ts';
import { describeAlarms } from '../alarms/look.ts';
import { fails, holds, unknown, type Finding } from '../finding.ts';
import { ofType, subjectOf, type LiveEnvironment, type LiveResource, type Look } from '../environment.ts';

/**
 * Checks that an alarm reaches its subscribers: it sets off an alarm of the environment. The message must arrive in a queue that is
 * subscribed for the trial, and in each subscribed queue of the environment. Afterwards the queue and its subscription are deleted
 * and the alarm has its state of before, also after a failure.
 *
 * @param probe prefix of the queue's name, which differs for each phase and check
 */
export function lookAtAlerts(probe: string): Look {
  return async (environment) => {
    const findings: Finding[] = [];
    const alarms = await alarmsOf(environment);
    // One after the other, since an alarm may notify several topics.
    for (const topic of ofType(environment, 'AWS::SNS::Topic')) {
      const speaking = alarms.filter(({ AlarmActions = [] }) => AlarmActions.includes(topic.physicalId));
      const finding = await judge(environment, topic, speaking, probe);
      if (finding !== undefined) findings.push(finding);
    }
    return findings;
  };
}

/** @returns `undefined` for a topic that no alarm notifies: it has other uses */
async function judge(
  environment: LiveEnvironment,
  topic: LiveResource,
  speaking: readonly (MetricAlarm | CompositeAlarm)[],
  probe: string,
): Promise<Finding | undefined> {
  const subject = subjectOf(environment, topic);
  if (speaking.length === 0) return undefined;
  const alarms = speaking.filter(isSettable);
  if (alarms.length === 0) return unknown(subject, 'is spoken to only by alarms that cannot be tried without harm');
  const queue = new AlertProbe(environment, topic.physicalId, `${probe}-${sha256(topic.physicalId).slice(0, 8)}-`);
  // An earlier attempt may have been killed before it cleared up.
  await queue.sweep();
  const confirmed = (await subscriptionsOf(environment, topic.physicalId)).filter(({ SubscriptionArn = '' }) =>
    SubscriptionArn.startsWith('arn:'),
  );
  if (confirmed.length === 0) return fails(subject, 'has no confirmed subscription');
  // An alarm that is in ALARM already makes no transition, and so sends no message.
  const alarm = alarms.find(({ StateValue }) => StateValue !== 'ALARM');
  if (alarm === undefined) return unknown(subject, 'cannot be tried while all of its alarms are in ALARM');
  const subscribed = new SubscribedQueues(environment, confirmed);
  await subscribed.count();
  const arrived = await queue.setOff(alarm);
  const protocols = [...new Set(confirmed.map(({ Protocol = '' }) => Protocol))].sort().join(', ');
  if (!arrived) return fails(subject, 'does not deliver: an alarm that was set off did not arrive');
  // A queue with encryption or a filter policy may get nothing while the topic delivers to others.
  const silent = await subscribed.silent();
  return silent.length === 0
    ? holds(subject, `delivers alarms to ${String(confirmed.length)} subscribed (${protocols})`)
    : unknown(subject, `delivers, but nothing was seen to reach ${silent.join(', ')}`);
}

async function alarmsOf(environment: LiveEnvironment): Promise<(MetricAlarm | CompositeAlarm)[]> {
  const alarms = ofType(environment, 'AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm');
  const found = await describeAlarms(
    environment,
    alarms.map(({ physicalId }) => physicalId),
  );
  return alarms.flatMap(({ physicalId }) => found.get(physicalId) ?? []);
}

/**
 * True when an alarm can be set off, and put back, without harm: in every state it only sends messages. False for a composite alarm,
 * which CloudWatch returns to its state only when one of its children changes.
 */
function isSettable(alarm: MetricAlarm | CompositeAlarm): alarm is MetricAlarm {
  const { ActionsEnabled, AlarmActions = [], OKActions = [], InsufficientDataActions = [] } = alarm;
  const actions = [...AlarmActions, ...OKActions, ...InsufficientDataActions];
  return !('AlarmRule' in alarm) && ActionsEnabled !== false && actions.every((arn) => arn.split(':')[2] === 'sns');
}

async function subscriptionsOf(place: LiveEnvironment, TopicArn: string): Promise<Subscription[]> {
  const client = sharedClient(SNSClient, place);
  const found: Subscription[] = [];
  const pages = paginateListSubscriptionsByTopic({ client }, { TopicArn }, { abortSignal: place.signal });
  for await (const { Subscriptions = [] } of pages) found.push(...Subscriptions);
  return found;
}
