import {
  EC2Client,
  paginateDescribeInstances,
  paginateDescribeLaunchTemplateVersions,
  paginateDescribeVolumes,
  type Filter,
} from '@aws-sdk/client-ec2';
import { sharedClient } from '../../../aws/clients.ts';
import { aFewAtATime } from '../../../base/async.ts';
import { fails, holds, type Finding, type Subject } from '../finding.ts';
import { FILTER_VALUES, Gathered } from '../gathered.ts';
import { ofType, subjectOf, type LiveEnvironment, type LiveResource } from '../environment.ts';

/**
 * Checks that volumes are encrypted: volumes of the templates, volumes that launch templates define, and volumes of the instances
 * that the environment's Auto Scaling groups have started.
 */
export async function lookAtVolumes(environment: LiveEnvironment): Promise<Finding[]> {
  const own = ofType(environment, 'AWS::EC2::Volume');
  const ids = own.map(({ physicalId }) => physicalId);
  const found = await volumesById.of(sharedClient(EC2Client, environment), ids, environment.signal);
  const volumes = own.map((resource) => {
    const subject = subjectOf(environment, resource);
    const volume = found.get(resource.physicalId);
    return volume === undefined ? fails(subject, 'does not exist') : judge(subject, volume.isEncrypted);
  });
  const launched = await aFewAtATime(ofType(environment, 'AWS::EC2::LaunchTemplate'), (template) =>
    judgeTemplate(environment, template),
  );
  const groups = ofType(environment, 'AWS::AutoScaling::AutoScalingGroup', 'AWS::EC2::Instance');
  const attached = await aFewAtATime(groups, (group) => judgeAttached(environment, group));
  return [...volumes, ...launched.flat(), ...attached.flat()];
}

function judge(subject: Subject, isEncrypted: boolean): Finding {
  return isEncrypted ? holds(subject, 'is encrypted') : fails(subject, 'is not encrypted');
}

async function judgeTemplate(environment: LiveEnvironment, template: LiveResource): Promise<Finding[]> {
  const { subject, ...of } = subjectOf(environment, template);
  const pages = paginateDescribeLaunchTemplateVersions(
    { client: sharedClient(EC2Client, environment) },
    { LaunchTemplateId: template.physicalId, Versions: ['$Latest'] },
    { abortSignal: environment.signal },
  );
  const findings: Finding[] = [];
  for await (const { LaunchTemplateVersions = [] } of pages) {
    const devices = LaunchTemplateVersions.flatMap(({ LaunchTemplateData: data }) => data?.BlockDeviceMappings ?? []);
    for (const { DeviceName = '', Ebs } of devices) {
      if (Ebs !== undefined)
        findings.push(judge({ subject: `${subject} ${DeviceName}`, ...of }, Ebs.Encrypted === true));
    }
  }
  return findings;
}

async function judgeAttached(environment: LiveEnvironment, group: LiveResource): Promise<Finding[]> {
  const { subject } = subjectOf(environment, group);
  const filter: Filter =
    group.type === 'AWS::EC2::Instance'
      ? { Name: 'instance-id', Values: [group.physicalId] }
      : { Name: 'tag:aws:autoscaling:groupName', Values: [group.physicalId] };
  const instances: string[] = [];
  const pages = paginateDescribeInstances(
    { client: sharedClient(EC2Client, environment) },
    { Filters: [filter, { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped'] }] },
    { abortSignal: environment.signal },
  );
  for await (const { Reservations = [] } of pages) {
    for (const { Instances = [] } of Reservations)
      instances.push(...Instances.map(({ InstanceId = '' }) => InstanceId));
  }
  if (instances.length === 0) return [];
  const volumes = await volumesWith(sharedClient(EC2Client, environment), environment.signal, [
    { Name: 'attachment.instance-id', Values: instances },
  ]);
  const open = volumes.filter(({ isEncrypted }) => !isEncrypted);
  // One finding for all encrypted volumes of a group, since instances come and go and the evidence must not.
  if (open.length === 0) return [holds(subject, 'has encrypted volumes only')];
  return open.map(({ id }) => fails(`${subject} volume ${id}`, 'is not encrypted'));
}

interface LiveVolume {
  readonly id: string;
  readonly isEncrypted: boolean;
}

const volumesById = new Gathered(FILTER_VALUES, async (client: EC2Client, ids, abortSignal) => {
  const found = await volumesWith(client, abortSignal, [{ Name: 'volume-id', Values: ids }]);
  return new Map(found.map((volume) => [volume.id, volume]));
});

async function volumesWith(client: EC2Client, abortSignal: AbortSignal, Filters: Filter[]): Promise<LiveVolume[]> {
  const found: LiveVolume[] = [];
  for await (const { Volumes = [] } of paginateDescribeVolumes({ client }, { Filters }, { abortSignal })) {
    found.push(...Volumes.map(({ VolumeId: id = '', Encrypted }) => ({ id, isEncrypted: Encrypted === true })));
  }
  return found;
}
