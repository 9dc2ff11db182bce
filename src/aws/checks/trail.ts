import {
  CloudTrailClient,
  GetTrailCommand,
  GetTrailStatusCommand,
  TrailNotFoundException,
  type GetTrailStatusCommandOutput,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import { sharedClient } from '../clients.ts';
import { aFewAtATime } from './at-a-time.ts';
import { fails, holds, unknown, type Finding, type Subject } from './finding.ts';
import { ofType, subjectOf, type LiveEnvironment, type Look } from './live.ts';

/**
 * Whether trails are logging, have their files validated, and deliver.
 *
 * @param named trails that the account has from elsewhere: names or ARNs
 */
export function lookAtTrails(named: readonly string[]): Look {
  return (environment) => {
    const own = ofType(environment, 'AWS::CloudTrail::Trail').map((resource) => ({
      subject: subjectOf(environment, resource),
      name: resource.physicalId,
    }));
    const stated = named.map((name) => ({ subject: { subject: `${environment.name} trail ${name}`, id: name }, name }));
    return aFewAtATime([...own, ...stated], ({ subject, name }) => judge(environment, subject, name));
  };
}

async function judge(place: LiveEnvironment, subject: Subject, name: string): Promise<Finding> {
  const found = await describe(place, name);
  if (found === undefined) return fails(subject, 'does not exist');
  const { trail, status } = found;
  if (status.IsLogging !== true) return fails(subject, 'is not logging');
  if (trail.LogFileValidationEnabled !== true) return fails(subject, 'does not have its files validated');
  const error = deliveryError(status);
  if (error !== undefined) return fails(subject, `could not deliver: ${error}`);
  if (status.LatestDeliveryTime === undefined) return unknown(subject, 'has not delivered anything yet');
  return holds(subject, 'is logging, validated, and delivers');
}

function deliveryError(status: GetTrailStatusCommandOutput): string | undefined {
  const { LatestDeliveryError, LatestDigestDeliveryError, LatestNotificationError, LatestCloudWatchLogsDeliveryError } =
    status;
  // AWS leaves them out, or empty, while all is well.
  return [
    LatestDeliveryError,
    LatestDigestDeliveryError,
    LatestNotificationError,
    LatestCloudWatchLogsDeliveryError,
  ].find((error) => error !== undefined && error !== '');
}

async function describe(
  place: LiveEnvironment,
  name: string,
): Promise<{ trail: Trail; status: GetTrailStatusCommandOutput } | undefined> {
  const client = sharedClient(CloudTrailClient, place);
  const options = { abortSignal: place.signal };
  try {
    const { Trail: trail = {} } = await client.send(new GetTrailCommand({ Name: name }), options);
    return { trail, status: await client.send(new GetTrailStatusCommand({ Name: name }), options) };
  } catch (error) {
    if (error instanceof TrailNotFoundException) return undefined;
    throw error;
  }
}
