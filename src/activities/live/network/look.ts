import {
  EC2Client,
  paginateDescribeNetworkAcls,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  type NetworkAcl,
  type RouteTable,
  type SecurityGroup,
  type Subnet,
} from '@aws-sdk/client-ec2';
import { sharedClient } from '../../../aws/clients.ts';
import { fails, holds, type Finding } from '../finding.ts';
import { FILTER_VALUES, Gathered } from '../gathered.ts';
import { ofType, subjectOf, type LiveEnvironment, type LiveResource, type Look } from '../environment.ts';
import { judgeAcls, judgeSubnets } from './subnets.ts';
import { judgeGroups, widePrefixLists } from './open.ts';
import { lookAtRoutes } from './routes.ts';
import { plannedResources } from '../planned.ts';

/**
 * Checks that only the stated ports are open to everybody, and that subnets, routes and network ACLs are those of the templates:
 * each exists unchanged, and no other exists. It looks at everything in the VPCs of the environment, from stacks or not.
 *
 * @param open ports that may be open to everybody
 */
export function lookAtNetwork(open: readonly number[]): Look {
  return async (environment) => {
    const vpcs = ofType(environment, 'AWS::EC2::VPC');
    if (vpcs.length === 0) return [];
    const { signal } = environment;
    const client = sharedClient(EC2Client, environment);
    const ids = vpcs.map(({ physicalId }) => physicalId);
    const byId = await vpcsById.of(client, ids, signal);
    const each = ids.flatMap((id) => byId.get(id) ?? []);
    const found: Vpcs = {
      groups: each.flatMap(({ groups }) => groups),
      subnets: each.flatMap(({ subnets }) => subnets),
      tables: each.flatMap(({ tables }) => tables),
      acls: each.flatMap(({ acls }) => acls),
    };
    const planned = await plannedResources(environment, 'AWS::EC2::Route', 'AWS::EC2::NetworkAclEntry');
    return [
      ...vpcs.map((vpc) => judgeVpc(environment, vpc, found)),
      ...judgeGroups(environment, found.groups, await widePrefixLists(client, found.groups, signal), open),
      ...judgeSubnets(environment, found),
      ...lookAtRoutes(environment, found.tables, planned),
      ...judgeAcls(environment, found.acls, planned),
    ];
  };
}

/** Security groups, subnets, route tables and network ACLs of VPCs. */
interface Vpcs {
  readonly groups: readonly SecurityGroup[];
  readonly subnets: readonly Subnet[];
  readonly tables: readonly RouteTable[];
  readonly acls: readonly NetworkAcl[];
}

const vpcsById = new Gathered(FILTER_VALUES, async (client: EC2Client, ids, abortSignal) => {
  const found = await readVpcs(client, ids, abortSignal);
  return new Map(
    ids.map((id): [string, Vpcs] => {
      const isIn = ({ VpcId }: { readonly VpcId?: string | undefined }) => VpcId === id;
      const { groups, subnets, tables, acls } = found;
      return [
        id,
        {
          groups: groups.filter(isIn),
          subnets: subnets.filter(isIn),
          tables: tables.filter(isIn),
          acls: acls.filter(isIn),
        },
      ];
    }),
  );
});

async function readVpcs(client: EC2Client, ids: string[], abortSignal: AbortSignal): Promise<Vpcs> {
  const config = { client };
  const input = { Filters: [{ Name: 'vpc-id', Values: ids }] };
  const options = { abortSignal };
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
  const acls: NetworkAcl[] = [];
  for await (const { NetworkAcls = [] } of paginateDescribeNetworkAcls(config, input, options)) {
    acls.push(...NetworkAcls);
  }
  return { groups, subnets, tables, acls };
}

function judgeVpc(environment: LiveEnvironment, vpc: LiveResource, { groups }: Vpcs): Finding {
  const subject = subjectOf(environment, vpc);
  // AWS makes a security group with every VPC.
  return groups.some(({ VpcId }) => VpcId === vpc.physicalId)
    ? holds(subject, 'exists')
    : fails(subject, 'does not exist');
}
