import {
  type EC2Client,
  type IpPermission,
  paginateGetManagedPrefixListEntries,
  type SecurityGroup,
} from '@aws-sdk/client-ec2';
import { type LiveEnvironment, ofType, subjectOf } from '../environment.ts';
import { fails, type Finding, holds, type Subject } from '../finding.ts';

/** Checks that security groups let everybody in on stated ports only. */
export function judgeGroups(
  environment: LiveEnvironment,
  groups: readonly SecurityGroup[],
  wideLists: ReadonlySet<string>,
  open: readonly number[],
): Finding[] {
  return groups.map(({ GroupId, IpPermissions = [] }) => {
    const subject = named(environment, 'AWS::EC2::SecurityGroup', GroupId, 'security group');
    const beyond = IpPermissions.filter((permission) => isOpen(permission, wideLists))
      .map(portsOf)
      .filter((ports) => !isStated(ports, open));
    if (beyond.length === 0) return holds(subject, 'is open on stated ports at most');
    const texts = beyond.map(({ text }) => text).sort();
    return fails(subject, `is open to everybody on ${texts.join(', ')}`);
  });
}

/** Finds the prefix lists in rules of security groups that contain everybody. */
export async function widePrefixLists(
  client: EC2Client,
  groups: readonly SecurityGroup[],
  abortSignal: AbortSignal,
): Promise<Set<string>> {
  const lists = groups.flatMap(({ IpPermissions = [] }) =>
    IpPermissions.flatMap(({ PrefixListIds = [] }) => PrefixListIds.map(({ PrefixListId = '' }) => PrefixListId)),
  );
  const wide = new Set<string>();
  for (const PrefixListId of new Set(lists)) {
    const pages = paginateGetManagedPrefixListEntries({ client }, { PrefixListId }, { abortSignal });
    for await (const { Entries = [] } of pages) {
      if (Entries.some(({ Cidr = '' }) => isEverybody(Cidr))) wide.add(PrefixListId);
    }
  }
  return wide;
}

function isOpen({ IpRanges = [], Ipv6Ranges = [], PrefixListIds = [] }: IpPermission, wideLists: ReadonlySet<string>) {
  return (
    IpRanges.some(({ CidrIp = '' }) => isEverybody(CidrIp)) ||
    Ipv6Ranges.some(({ CidrIpv6 = '' }) => isEverybody(CidrIpv6)) ||
    PrefixListIds.some(({ PrefixListId = '' }) => wideLists.has(PrefixListId))
  );
}

/** True for ranges larger than any private network, such as `0.0.0.0/1`, or `2000::/3`, which is all of IPv6 that is in use. */
function isEverybody(cidr: string): boolean {
  const bits = Number(cidr.split('/')[1] ?? '');
  return bits < (cidr.includes(':') ? 16 : 8);
}

interface Ports {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

function portsOf({ IpProtocol = '-1', FromPort, ToPort }: IpPermission): Ports {
  // ICMP has types and codes in the place of ports, so it is none of the stated ports.
  const hasPorts = ['tcp', '6', 'udp', '17'].includes(IpProtocol);
  if (!hasPorts || FromPort === undefined || ToPort === undefined || FromPort === -1) {
    return { from: 0, to: 65_535, text: IpProtocol === '-1' ? 'every port' : IpProtocol };
  }
  const first = FromPort === ToPort ? '' : `${String(FromPort)}-`;
  return { from: FromPort, to: ToPort, text: `${IpProtocol} ${first}${String(ToPort)}` };
}

function isStated({ from, to }: Ports, open: readonly number[]): boolean {
  if (to - from > open.length) return false;
  return Array.from({ length: to - from + 1 }, (_, index) => from + index).every((port) => open.includes(port));
}

/** The subject of a thing in a VPC: its name in the templates, or its id when it is in none. */
export function named(environment: LiveEnvironment, type: string, id: string | undefined, what: string): Subject {
  const planned = ofType(environment, type).find(({ physicalId }) => physicalId === id);
  return planned === undefined
    ? { subject: `${environment.name} ${what} ${id ?? ''}`, id: id ?? '' }
    : subjectOf(environment, planned);
}
