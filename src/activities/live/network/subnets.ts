import {
  EC2Client,
  type FlowLog,
  type NetworkAcl,
  type NetworkAclEntry,
  paginateDescribeFlowLogs,
  type RouteTable,
  type Subnet,
} from '@aws-sdk/client-ec2';
import { sharedClient } from '../../../aws/clients.ts';
import { mayBe } from '../access/planned.ts';
import { type LiveEnvironment, ofType, subjectOf } from '../environment.ts';
import { fails, type Finding, holds, type Subject } from '../finding.ts';
import { FILTER_VALUES, Gathered } from '../gathered.ts';
import type { PlannedResource } from '../planned.ts';
import { named } from './open.ts';

interface Around {
  readonly subnets: readonly Subnet[];
  readonly tables: readonly RouteTable[];
  readonly acls: readonly NetworkAcl[];
}

/**
 * Checks that the subnets are those of the templates, with the route tables and network ACLs of the templates. EC2 gives an
 * association a new id when it is changed, so an association with its old id still joins the same two things.
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

/** Associations of the templates that no longer exist: another table or ACL serves their subnets now. */
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

const flowLogs = new Gathered(FILTER_VALUES, async (client: EC2Client, ids, abortSignal) => {
  const found = new Map<string, FlowLog>();
  // By filter, since EC2 answers a list of ids with an error when one of them does not exist.
  const input = { Filter: [{ Name: 'flow-log-id', Values: ids }] };
  for await (const { FlowLogs = [] } of paginateDescribeFlowLogs({ client }, input, { abortSignal })) {
    for (const flowLog of FlowLogs) found.set(flowLog.FlowLogId ?? '', flowLog);
  }
  return found;
});

/** Checks that flow logs of the templates are active, and deliver. */
export async function lookAtFlowLogs(environment: LiveEnvironment): Promise<Finding[]> {
  const resources = ofType(environment, 'AWS::EC2::FlowLog');
  const ids = resources.map(({ physicalId }) => physicalId);
  const found = await flowLogs.of(sharedClient(EC2Client, environment), ids, environment.signal);
  return resources.map((resource) => judgeFlowLog(subjectOf(environment, resource), found.get(resource.physicalId)));
}

/** @param flowLog `undefined` when it does not exist */
export function judgeFlowLog(subject: Subject, flowLog: FlowLog | undefined): Finding {
  if (flowLog === undefined) return fails(subject, 'does not exist');
  const { FlowLogStatus, DeliverLogsStatus, DeliverLogsErrorMessage = 'no reason given' } = flowLog;
  if (FlowLogStatus !== 'ACTIVE') return fails(subject, `is ${FlowLogStatus ?? 'in no known state'}`);
  if (DeliverLogsStatus === 'FAILED') return fails(subject, `could not deliver: ${DeliverLogsErrorMessage}`);
  return holds(subject, 'is active');
}

/** Numbers of the last rules of every ACL, for IPv4 and IPv6: they deny what no other rule allows. */
const LAST_RULES = [32_767, 32_768];

/** Checks that network ACLs are those of the templates: each entry is as its template says, and no other exists. */
export function judgeAcls(
  environment: LiveEnvironment,
  acls: readonly NetworkAcl[],
  planned: readonly PlannedResource[],
): Finding[] {
  const own = ofType(environment, 'AWS::EC2::NetworkAcl').map(({ physicalId }) => physicalId);
  // The ACL that AWS makes with a VPC filters nothing; findings about subnets tell which of them use it.
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
