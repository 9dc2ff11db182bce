import type { NetworkAcl, RouteTable, Subnet } from '@aws-sdk/client-ec2';
import { fails, holds, type Finding } from './finding.ts';
import { ofType, subjectOf, type LiveEnvironment } from './live.ts';
import { named } from './network-names.ts';

interface Around {
  readonly subnets: readonly Subnet[];
  readonly tables: readonly RouteTable[];
  readonly acls: readonly NetworkAcl[];
}

/**
 * Whether the subnets are those of the templates, each routed and filtered as it is there. EC2 gives an association another id when
 * it is changed, so one that has its old id joins what it joined when it was made.
 */
export function judgeSubnets(environment: LiveEnvironment, { subnets, tables, acls }: Around): Finding[] {
  const planned = ofType(environment, 'AWS::EC2::Subnet');
  const routed = idsOf(environment, 'AWS::EC2::SubnetRouteTableAssociation');
  const filtered = idsOf(environment, 'AWS::EC2::SubnetNetworkAclAssociation');
  const there = subnets.map(({ SubnetId, CidrBlock = '' }): Finding => {
    const subject = named(environment, 'AWS::EC2::Subnet', SubnetId, 'subnet');
    if (!planned.some(({ physicalId }) => physicalId === SubnetId)) return fails(subject, 'is in no template');
    const route = associationsOf(tables).find((one) => one.SubnetId === SubnetId);
    if (route === undefined) return fails(subject, 'has no route table of its own');
    const { RouteTableId = '', RouteTableAssociationId = '' } = route;
    if (!routed.includes(RouteTableAssociationId)) {
      return fails(subject, `is routed by ${RouteTableId}, which no template says`);
    }
    const strange = acls.find(
      ({ IsDefault, Associations = [] }) =>
        IsDefault !== true &&
        Associations.some((one) => one.SubnetId === SubnetId && !filtered.includes(one.NetworkAclAssociationId ?? '')),
    );
    if (strange !== undefined) {
      return fails(subject, `is filtered by ${strange.NetworkAclId ?? ''}, which no template says`);
    }
    return holds(subject, `has ${CidrBlock} by ${RouteTableId}`);
  });
  const gone = planned.filter(({ physicalId }) => !subnets.some(({ SubnetId }) => SubnetId === physicalId));
  return [
    ...there,
    ...gone.map((subnet) => fails(subjectOf(environment, subnet), 'does not exist')),
    ...changed(environment, { tables, acls }),
  ];
}

/** Associations of the templates that are no more: their subnets are routed or filtered by something else now. */
function changed(environment: LiveEnvironment, { tables, acls }: Pick<Around, 'tables' | 'acls'>): Finding[] {
  const live = new Set([
    ...associationsOf(tables).map(({ RouteTableAssociationId }) => RouteTableAssociationId),
    ...acls.flatMap(({ Associations = [] }) => Associations).map((one) => one.NetworkAclAssociationId),
  ]);
  return ofType(environment, 'AWS::EC2::SubnetRouteTableAssociation', 'AWS::EC2::SubnetNetworkAclAssociation')
    .filter(({ physicalId }) => !live.has(physicalId))
    .map((association) => fails(subjectOf(environment, association), 'does not exist, or was changed'));
}

function associationsOf(tables: readonly RouteTable[]) {
  return tables.flatMap(({ Associations = [] }) => Associations);
}

function idsOf(environment: LiveEnvironment, type: string): string[] {
  return ofType(environment, type).map(({ physicalId }) => physicalId);
}
