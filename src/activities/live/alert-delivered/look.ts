import type { CompositeAlarm, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { paginateListSubscriptionsByTopic, SNSClient, type Subscription } from '@aws-sdk/client-sns';
import { sha256 } from '../../../base/digest.ts';
import { sharedClient } from '../../../aws/clients.ts';
import { AlertProbe, SubscribedQueues } from './probe.ts';
import { describeAlarms } from '../alarms/look.ts';
import { fails, holds, unknown, type Finding } from '../finding.ts';
import { ofType, subjectOf, type LiveEnvironment, type LiveResource, type Look } from '../environment.ts';

/**
 * Whether an alarm reaches those who are subscribed: an alarm of the environment is set off, and has to arrive in a queue that is
 * subscribed for that time, and in each queue of the environment that is subscribed for good. The probe's queue, subscription and the alarm's state are put back, also when it failed.
 *
 * @param probe begins the queue's name: what tells it from those of other phases and checks
 */
export function lookAtAlerts(probe: string): Look {
  return async (environment) => {
    const findings: Finding[] = [];
    const alarms = await alarmsOf(environment);
    // One after the other: an alarm may speak to several topics.
    for (const topic of ofType(environment, 'AWS::SNS::Topic')) {
      const speaking = alarms.filter(({ AlarmActions = [] }) => AlarmActions.includes(topic.physicalId));
      const finding = await judge(environment, topic, speaking, probe);
      if (finding !== undefined) findings.push(finding);
    }
    return findings;
  };
}

/** @returns nothing for a topic that no alarm speaks to: it has other uses */
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
  // An earlier attempt may have been killed before it could clear up.
  await queue.sweep();
  const confirmed = (await subscriptionsOf(environment, topic.physicalId)).filter(({ SubscriptionArn = '' }) =>
    SubscriptionArn.startsWith('arn:'),
  );
  if (confirmed.length === 0) return fails(subject, 'has nobody subscribed who has confirmed it');
  // What is in ALARM already makes no transition, and so no message.
  const alarm = alarms.find(({ StateValue }) => StateValue !== 'ALARM');
  if (alarm === undefined) return unknown(subject, 'cannot be tried while all of its alarms are in ALARM');
  const subscribed = new SubscribedQueues(environment, confirmed);
  await subscribed.count();
  const arrived = await queue.setOff(alarm);
  const protocols = [...new Set(confirmed.map(({ Protocol = '' }) => Protocol))].sort().join(', ');
  if (!arrived) return fails(subject, 'does not deliver: an alarm that was set off did not arrive');
  // A queue that is encrypted, or filters, may get nothing while the topic delivers to others.
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
 * Whether an alarm can be set off, and put back, without harm: it does nothing but send messages, in every state. Composite alarms
 * are left alone, since CloudWatch returns them to their state only when one of their children changes.
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
