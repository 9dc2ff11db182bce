import type { NetworkAcl, NetworkAclEntry } from '@aws-sdk/client-ec2';
import { fails, holds, type Finding } from './finding.ts';
import { ofType, type LiveEnvironment } from './live.ts';
import { named } from './network-names.ts';
import { mayBe } from './pattern.ts';
import type { PlannedResource } from './planned.ts';

/** The rules with which every list ends: what no other has let in stays out. */
const LAST_RULES = [32_767, 32_768];

/** Whether network ACLs let in and out what the templates say: each entry is as it is there, and there is no other. */
export function judgeAcls(
  environment: LiveEnvironment,
  acls: readonly NetworkAcl[],
  planned: readonly PlannedResource[],
): Finding[] {
  const own = ofType(environment, 'AWS::EC2::NetworkAcl').map(({ physicalId }) => physicalId);
  // The list that AWS makes with a VPC filters nothing; which subnets have it is told of the subnets.
  const lists = acls.filter(({ IsDefault, NetworkAclId = '' }) => IsDefault !== true || own.includes(NetworkAclId));
  return lists.map((acl) => {
    const { NetworkAclId = '', Entries = [] } = acl;
    const subject = named(environment, 'AWS::EC2::NetworkAcl', NetworkAclId, 'network ACL');
    if (!own.includes(NetworkAclId)) return fails(subject, 'is in no template');
    const entries = planned.filter(
      ({ type, properties }) => type === 'AWS::EC2::NetworkAclEntry' && mayBe(properties['NetworkAclId'], NetworkAclId),
    );
    const live = Entries.filter(({ RuleNumber = 0 }) => !LAST_RULES.includes(RuleNumber));
    const strange = live.filter((entry) => !entries.some((one) => isAs(one, entry))).map(nameOf);
    if (strange.length > 0) return fails(subject, `has ${strange.sort().join(', ')} otherwise than its template`);
    const lacking = entries.filter((one) => !live.some((entry) => isAs(one, entry))).map(({ logicalId }) => logicalId);
    if (lacking.length > 0) return fails(subject, `lacks ${lacking.sort().join(', ')}`);
    return holds(subject, `has its ${String(live.length)} entries`);
  });
}

function isAs({ properties: planned }: PlannedResource, live: NetworkAclEntry): boolean {
  return (
    mayBe(planned['RuleNumber'], live.RuleNumber) &&
    mayBe(planned['Egress'] ?? false, live.Egress ?? false) &&
    mayBe(planned['Protocol'], live.Protocol) &&
    mayBe(planned['RuleAction'], live.RuleAction) &&
    mayBe(planned['CidrBlock'], live.CidrBlock) &&
    mayBe(planned['Ipv6CidrBlock'], live.Ipv6CidrBlock) &&
    (live.PortRange === undefined || mayBe(planned['PortRange'], live.PortRange))
  );
}

function nameOf({ RuleNumber = 0, Egress = false }: NetworkAclEntry): string {
  return `rule ${String(RuleNumber)} (${Egress ? 'out' : 'in'})`;
}
