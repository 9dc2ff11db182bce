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
import { ofType, subjectOf, type LiveEnvironment, type LiveResource } from '../environment.ts';

/**
 * Volumes: those of the templates, those that launch templates give to instances, and those of the instances that the
 * environment's groups have started.
 */
export async function lookAtVolumes(environment: LiveEnvironment): Promise<Finding[]> {
  const volumes = await aFewAtATime(ofType(environment, 'AWS::EC2::Volume'), async (volume) => {
    const [found] = await volumesWith(environment, [{ Name: 'volume-id', Values: [volume.physicalId] }]);
    return found === undefined
      ? fails(subjectOf(environment, volume), 'does not exist')
      : judge(subjectOf(environment, volume), found.isEncrypted);
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
  const volumes = await volumesWith(environment, [{ Name: 'attachment.instance-id', Values: instances }]);
  const open = volumes.filter(({ isEncrypted }) => !isEncrypted);
  // Instances come and go, so those that are as they should be are told together.
  if (open.length === 0) return [holds(subject, 'has encrypted volumes only')];
  return open.map(({ id }) => fails(`${subject} volume ${id}`, 'is not encrypted'));
}

async function volumesWith(
  place: LiveEnvironment,
  filters: Filter[],
): Promise<{ readonly id: string; readonly isEncrypted: boolean }[]> {
  const client = sharedClient(EC2Client, place);
  const found: { id: string; isEncrypted: boolean }[] = [];
  for await (const { Volumes = [] } of paginateDescribeVolumes(
    { client },
    { Filters: filters },
    { abortSignal: place.signal },
  )) {
    found.push(...Volumes.map(({ VolumeId: id = '', Encrypted }) => ({ id, isEncrypted: Encrypted === true })));
  }
  return found;
}
