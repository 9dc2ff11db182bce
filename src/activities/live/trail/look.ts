import {
  CloudTrailClient,
  GetEventSelectorsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  TrailNotFoundException,
  type GetEventSelectorsCommandOutput,
  type GetTrailStatusCommandOutput,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import { sharedClient } from '../../../aws/clients.ts';
import { aFewAtATime } from '../../../base/async.ts';
import { fails, holds, unknown, type Finding, type Subject } from '../finding.ts';
import { ofType, subjectOf, type LiveEnvironment, type Look } from '../environment.ts';

/**
 * Checks that trails log management events, have log file validation, and deliver.
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
  const { trail, status, selectors } = found;
  if (status.IsLogging !== true) return fails(subject, 'is not logging');
  if (trail.LogFileValidationEnabled !== true) return fails(subject, 'does not have its files validated');
  if (!recordsManagement(selectors)) return fails(subject, 'does not record who changes what: no management events');
  const error = deliveryError(status);
  if (error !== undefined) return fails(subject, `could not deliver: ${error}`);
  if (status.LatestDeliveryTime === undefined) return unknown(subject, 'has not delivered anything yet');
  if (status.LatestDeliveryTime.getTime() < Date.now() - DAY_MS)
    return unknown(subject, 'has delivered nothing for a day');
  return holds(subject, 'is logging, validated, and delivers');
}

/** CloudTrail delivers within minutes, and there is always an event: at least the requests of this check. */
const DAY_MS = 24 * 60 * 60_000;

/** A trail may log data events only, which do not show changes to the account. */
function recordsManagement({
  EventSelectors: basic = [],
  AdvancedEventSelectors: advanced = [],
}: GetEventSelectorsCommandOutput): boolean {
  // Without selectors a trail records all management events.
  if (basic.length === 0 && advanced.length === 0) return true;
  const inBasic = basic.some(
    ({ IncludeManagementEvents, ReadWriteType }) => IncludeManagementEvents !== false && ReadWriteType !== 'ReadOnly',
  );
  const inAdvanced = advanced.some(({ FieldSelectors = [] }) => {
    const says = (field: string, value: string) =>
      FieldSelectors.some(({ Field, Equals = [] }) => Field === field && Equals.includes(value));
    return says('eventCategory', 'Management') && !says('readOnly', 'true');
  });
  return inBasic || inAdvanced;
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

interface FoundTrail {
  readonly trail: Trail;
  readonly status: GetTrailStatusCommandOutput;
  readonly selectors: GetEventSelectorsCommandOutput;
}

async function describe(place: LiveEnvironment, name: string): Promise<FoundTrail | undefined> {
  const client = sharedClient(CloudTrailClient, place);
  const options = { abortSignal: place.signal };
  try {
    const { Trail: trail = {} } = await client.send(new GetTrailCommand({ Name: name }), options);
    const status = await client.send(new GetTrailStatusCommand({ Name: name }), options);
    const selectors = await client.send(new GetEventSelectorsCommand({ TrailName: name }), options);
    return { trail, status, selectors };
  } catch (error) {
    if (error instanceof TrailNotFoundException) return undefined;
    throw error;
  }
}
