import {
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  TargetGroupNotFoundException,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { sharedClient } from '../../../aws/clients.ts';
import { aFewAtATime } from '../../../base/async.ts';
import { fails, holds, unknown, type Finding } from '../finding.ts';
import { isGone, ofType, subjectOf, type LiveEnvironment, type LiveResource } from '../environment.ts';

/** Checks that every target group has targets, and that all of them are healthy. */
export async function lookAtTargets(environment: LiveEnvironment): Promise<Finding[]> {
  const groups = ofType(environment, 'AWS::ElasticLoadBalancingV2::TargetGroup');
  return aFewAtATime(groups, (group) => judge(environment, group));
}

async function judge(environment: LiveEnvironment, group: LiveResource): Promise<Finding> {
  const subject = subjectOf(environment, group);
  const states = await statesOf(environment, group.physicalId);
  if (states === undefined) return fails(subject, 'does not exist');
  // A target that is being drained no longer serves.
  const serving = states.filter((state) => state !== 'draining');
  const ill = serving.filter((state) => state === 'unhealthy' || state === 'unused' || state === 'unhealthy.draining');
  if (serving.length === 0) return fails(subject, 'has no targets');
  if (ill.length > 0) return fails(subject, `has targets that are ${[...new Set(ill)].sort().join(' and ')}`);
  // `initial`: health checks have only begun. `unavailable`: they are turned off.
  const untold = serving.find((state) => state !== 'healthy');
  if (untold !== undefined) return unknown(subject, `has targets that are ${untold}`);
  return holds(subject, 'has healthy targets only');
}

async function statesOf(place: LiveEnvironment, arn: string): Promise<string[] | undefined> {
  try {
    const { TargetHealthDescriptions = [] } = await sharedClient(ElasticLoadBalancingV2Client, place).send(
      new DescribeTargetHealthCommand({ TargetGroupArn: arn }),
      { abortSignal: place.signal },
    );
    return TargetHealthDescriptions.map(({ TargetHealth }) => TargetHealth?.State ?? 'untold');
  } catch (error) {
    if (error instanceof TargetGroupNotFoundException || isGone(error, 'TargetGroupNotFound')) return undefined;
    throw error;
  }
}
