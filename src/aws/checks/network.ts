import {
  EC2Client,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  type IpPermission,
  type RouteTable,
  type SecurityGroup,
  type Subnet,
} from '@aws-sdk/client-ec2';
import { sharedClient } from '../clients.ts';
import { fails, holds, type Finding } from './finding.ts';
import { ofType, subjectOf, type LiveEnvironment, type LiveResource, type Look } from './live.ts';
import { lookAtRoutes } from './network-routes.ts';
import { named } from './network-names.ts';

/**
 * Whether nothing but the stated ports is open to the world, and subnets and routes are those of the templates: each of them is
 * there, and no other is. Everything in the VPCs of the environment is looked at, whoever made it.
 *
 * @param open ports that may be open to everybody
 */
export function lookAtNetwork(open: readonly number[]): Look {
  return async (environment) => {
    const vpcs = ofType(environment, 'AWS::EC2::VPC');
    if (vpcs.length === 0) return [];
    const found = await readVpcs(
      environment,
      vpcs.map(({ physicalId }) => physicalId),
    );
    return [
      ...vpcs.map((vpc) => judgeVpc(environment, vpc, found)),
      ...found.groups.map((group) => judgeGroup(environment, group, open)),
      ...judgeSubnets(environment, found),
      ...lookAtRoutes(environment, found.tables),
    ];
  };
}

interface Vpcs {
  readonly groups: readonly SecurityGroup[];
  readonly subnets: readonly Subnet[];
  readonly tables: readonly RouteTable[];
}

async function readVpcs(place: LiveEnvironment, ids: string[]): Promise<Vpcs> {
  const config = { client: sharedClient(EC2Client, place) };
  const input = { Filters: [{ Name: 'vpc-id', Values: ids }] };
  const options = { abortSignal: place.signal };
  const groups: SecurityGroup[] = [];
  for await (const { SecurityGroups = [] } of paginateDescribeSecurityGroups(config, input, options)) {
    groups.push(...SecurityGroups);
  }
  const subnets: Subnet[] = [];
  for await (const { Subnets = [] } of paginateDescribeSubnets(config, input, options)) subnets.push(...Subnets);
  const tables: RouteTable[] = [];
  for await (const { RouteTables = [] } of paginateDescribeRouteTables(config, input, options)) {
    tables.push(...RouteTables);
  }
  return { groups, subnets, tables };
}

function judgeVpc(environment: LiveEnvironment, vpc: LiveResource, { groups }: Vpcs): Finding {
  const subject = subjectOf(environment, vpc);
  // Every VPC has the group that AWS makes with it.
  return groups.some(({ VpcId }) => VpcId === vpc.physicalId)
    ? holds(subject, 'exists')
    : fails(subject, 'does not exist');
}

function judgeGroup(environment: LiveEnvironment, group: SecurityGroup, open: readonly number[]): Finding {
  const subject = named(environment, 'AWS::EC2::SecurityGroup', group.GroupId, 'security group');
  const { IpPermissions = [] } = group;
  const beyond = IpPermissions.filter(isOpen)
    .map(portsOf)
    .filter(({ from, to }) => !isStated(from, to, open));
  if (beyond.length === 0) return holds(subject, 'is open on stated ports at most');
  return fails(
    subject,
    `is open to everybody on ${beyond
      .map(({ text }) => text)
      .sort()
      .join(', ')}`,
  );
}

function isOpen({ IpRanges = [], Ipv6Ranges = [] }: IpPermission): boolean {
  return (
    IpRanges.some(({ CidrIp = '' }) => CidrIp.endsWith('/0')) ||
    Ipv6Ranges.some(({ CidrIpv6 = '' }) => CidrIpv6.endsWith('/0'))
  );
}

function portsOf({ IpProtocol = '-1', FromPort, ToPort }: IpPermission): { from: number; to: number; text: string } {
  // Without ports, or of any protocol: all of them.
  if (IpProtocol === '-1' || FromPort === undefined || ToPort === undefined || FromPort === -1) {
    return { from: 0, to: 65_535, text: IpProtocol === '-1' ? 'every port' : IpProtocol };
  }
  return {
    from: FromPort,
    to: ToPort,
    text: `${IpProtocol} ${FromPort === ToPort ? '' : `${String(FromPort)}-`}${String(ToPort)}`,
  };
}

function isStated(from: number, to: number, open: readonly number[]): boolean {
  if (to - from > open.length) return false;
  return Array.from({ length: to - from + 1 }, (_, index) => from + index).every((port) => open.includes(port));
}

function judgeSubnets(environment: LiveEnvironment, { subnets, tables }: Vpcs): Finding[] {
  const planned = ofType(environment, 'AWS::EC2::Subnet');
  const there = subnets.map((subnet): Finding => {
    const subject = named(environment, 'AWS::EC2::Subnet', subnet.SubnetId, 'subnet');
    if (!planned.some(({ physicalId }) => physicalId === subnet.SubnetId)) return fails(subject, 'is in no template');
    const table = tables.find(({ Associations = [] }) =>
      Associations.some(({ SubnetId }) => SubnetId === subnet.SubnetId),
    );
    if (table === undefined) return fails(subject, 'has no route table of its own');
    const isPlanned = ofType(environment, 'AWS::EC2::RouteTable').some(
      ({ physicalId }) => physicalId === table.RouteTableId,
    );
    return isPlanned
      ? holds(subject, `has ${subnet.CidrBlock ?? ''} by ${table.RouteTableId ?? ''}`)
      : fails(subject, `is routed by ${table.RouteTableId ?? ''}, which is in no template`);
  });
  const gone = planned.filter(({ physicalId }) => !subnets.some(({ SubnetId }) => SubnetId === physicalId));
  return [...there, ...gone.map((subnet) => fails(subjectOf(environment, subnet), 'does not exist'))];
}
