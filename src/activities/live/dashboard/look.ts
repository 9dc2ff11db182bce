import { CloudWatchClient, DashboardNotFoundError, GetDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { z } from 'zod';
import { sharedClient } from '../../../aws/clients.ts';
import { describeAlarms } from '../alarms/look.ts';
import { aFewAtATime } from '../../../base/async.ts';
import { fails, holds, type Finding } from '../finding.ts';
import { isGone, ofType, subjectOf, type LiveEnvironment, type LiveResource } from '../environment.ts';

/** Checks that the dashboards of the templates exist and have widgets, and that the alarms that they show exist. */
export async function lookAtDashboards(environment: LiveEnvironment): Promise<Finding[]> {
  return aFewAtATime(ofType(environment, 'AWS::CloudWatch::Dashboard'), (resource) => judge(environment, resource));
}

const dashboard = z.looseObject({
  widgets: z.array(z.looseObject({ properties: z.looseObject({ alarms: z.array(z.string()).optional() }).optional() })),
});

async function judge(environment: LiveEnvironment, resource: LiveResource): Promise<Finding> {
  const subject = subjectOf(environment, resource);
  const body = await bodyOf(environment, resource.physicalId);
  if (body === undefined) return fails(subject, 'does not exist');
  const parsed = dashboard.safeParse(parseJson(body));
  if (!parsed.success) return fails(subject, 'has a body that is no dashboard');
  const { widgets } = parsed.data;
  if (widgets.length === 0) return fails(subject, 'shows nothing');
  const shown = widgets.flatMap(({ properties }) => properties?.alarms ?? []).map(alarmName);
  const alarms = await describeAlarms(environment, [...new Set(shown)]);
  const gone = shown.find((name) => !alarms.has(name));
  if (gone !== undefined) return fails(subject, `shows alarm ${gone}, which does not exist`);
  return holds(subject, `shows ${String(widgets.length)} widgets`);
}

async function bodyOf(place: LiveEnvironment, name: string): Promise<string | undefined> {
  try {
    const answer = await sharedClient(CloudWatchClient, place).send(new GetDashboardCommand({ DashboardName: name }), {
      abortSignal: place.signal,
    });
    return answer.DashboardBody ?? '';
  } catch (error) {
    if (error instanceof DashboardNotFoundError || isGone(error, 'ResourceNotFound')) return undefined;
    throw error;
  }
}

/** `arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME` */
function alarmName(arn: string): string {
  return arn.split(':alarm:')[1] ?? arn;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
