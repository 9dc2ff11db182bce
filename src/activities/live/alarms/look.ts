import {
  CloudWatchClient,
  GetMetricStatisticsCommand,
  paginateDescribeAlarms,
  type CompositeAlarm,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch';
import { sharedClient } from '../../../aws/clients.ts';
import { aFewAtATime } from '../../../base/async.ts';
import { fails, holds, unknown, type Finding } from '../finding.ts';
import { Gathered } from '../gathered.ts';
import { ofType, subjectOf, type LiveEnvironment, type LiveResource } from '../environment.ts';

/** Alarms that one request to CloudWatch may name. */
const AT_ONCE = 100;

/**
 * Checks that the alarms of the templates exist, can act and are OK. An alarm without data is not OK, unless it treats missing data as
 * `notBreaching`.
 */
export async function lookAtAlarms(environment: LiveEnvironment): Promise<Finding[]> {
  const resources = ofType(environment, 'AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm');
  const alarms = await describeAlarms(
    environment,
    resources.map(({ physicalId }) => physicalId),
  );
  return aFewAtATime(resources, (resource) => judge(environment, resource, alarms.get(resource.physicalId)));
}

/** An alarm as CloudWatch has it. */
export type LiveAlarm = MetricAlarm | CompositeAlarm;

const described = new Gathered(AT_ONCE, async (client: CloudWatchClient, AlarmNames, abortSignal) => {
  const found = new Map<string, LiveAlarm>();
  const pages = paginateDescribeAlarms(
    { client },
    { AlarmNames, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] },
    { abortSignal },
  );
  for await (const { MetricAlarms = [], CompositeAlarms = [] } of pages) {
    for (const alarm of [...MetricAlarms, ...CompositeAlarms]) found.set(alarm.AlarmName ?? '', alarm);
  }
  return found;
});

/** Reads alarms by name; an alarm that does not exist is left out. The answer may contain alarms that another look has asked for. */
export function describeAlarms(
  place: LiveEnvironment,
  names: readonly string[],
): Promise<ReadonlyMap<string, LiveAlarm>> {
  return described.of(sharedClient(CloudWatchClient, place), names, place.signal);
}

async function judge(
  environment: LiveEnvironment,
  resource: LiveResource,
  alarm: LiveAlarm | undefined,
): Promise<Finding> {
  const subject = subjectOf(environment, resource);
  if (alarm === undefined) return fails(subject, 'does not exist');
  if (alarm.ActionsEnabled === false) return fails(subject, 'has its actions turned off');
  if (alarm.StateValue === 'ALARM') return fails(subject, 'is in ALARM');
  const missing = missingDataPolicy(alarm);
  if (alarm.StateValue === 'INSUFFICIENT_DATA') {
    return missing === 'notBreaching' ? holds(subject, 'takes no data for good') : unknown(subject, 'has no data');
  }
  // With `ignore`, CloudWatch keeps the last state, however old it is.
  if (missing === 'ignore' && !(await hasData(environment, alarm))) return unknown(subject, 'is OK by old data only');
  return holds(subject, 'is OK');
}

function missingDataPolicy(alarm: LiveAlarm): string | undefined {
  return 'TreatMissingData' in alarm ? alarm.TreatMissingData : undefined;
}

/** True when the metric has data in the time that the alarm evaluates. False for an alarm on a metric math expression. */
async function hasData(place: LiveEnvironment, alarm: MetricAlarm): Promise<boolean> {
  const { Namespace, MetricName, Dimensions, Statistic, Period = 60, EvaluationPeriods = 1 } = alarm;
  if (Namespace === undefined || MetricName === undefined) return false;
  const end = new Date();
  const { Datapoints = [] } = await sharedClient(CloudWatchClient, place).send(
    new GetMetricStatisticsCommand({
      Namespace,
      MetricName,
      Dimensions,
      Period,
      // Data arrives one or two periods late.
      StartTime: new Date(end.getTime() - (EvaluationPeriods + 2) * Period * 1000),
      EndTime: end,
      Statistics: [Statistic ?? 'SampleCount'],
    }),
    { abortSignal: place.signal },
  );
  return Datapoints.length > 0;
}
