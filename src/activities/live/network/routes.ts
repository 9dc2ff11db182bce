import type { Route, RouteTable } from '@aws-sdk/client-ec2';
import { fails, holds, unknown, type Finding } from '../finding.ts';
import { ofType, subjectOf, type LiveEnvironment } from '../environment.ts';
import { named } from './open.ts';
import { mayBe } from '../access/planned.ts';
import { planOf, type PlannedResource } from '../planned.ts';

/** Checks that the routes are those of the templates: each exists and leads where its template says, and no other exists. */
export function lookAtRoutes(
  environment: LiveEnvironment,
  tables: readonly RouteTable[],
  templates: readonly PlannedResource[],
): Finding[] {
  const endpoints = ofType(environment, 'AWS::EC2::VPCEndpoint').map(({ physicalId }) => physicalId);
  const own = tables.map((table) => ({ table, routes: ownRoutes(table, endpoints) }));
  const live = new Map(
    own.flatMap(({ table, routes }) => routes.map((route) => [addressOf(table, route), route] as const)),
  );
  const planned = ofType(environment, 'AWS::EC2::Route');
  const ids = planned.map(({ physicalId }) => physicalId);
  const there = own.flatMap(({ table, routes }) => judgeTable(environment, table, routes, ids));
  const judged = planned.map((resource) => {
    const subject = subjectOf(environment, resource);
    // Old stacks have physical ids of routes that do not name the table and the destination.
    if (!resource.physicalId.includes('|')) return unknown(subject, 'cannot be told from other routes');
    const route = live.get(resource.physicalId);
    if (route === undefined) return fails(subject, 'does not exist');
    return leadsAsPlanned(planOf(templates, resource), route)
      ? holds(subject, 'leads where its template says')
      : fails(subject, `leads to ${targetOf(route)}, not to where its template says`);
  });
  return [...there, ...judged];
}

/** Properties with the target of a route, in EC2's answers and, except for endpoints, in templates. */
const targets = [
  'CarrierGatewayId',
  'CoreNetworkArn',
  'EgressOnlyInternetGatewayId',
  'GatewayId',
  'InstanceId',
  'LocalGatewayId',
  'NatGatewayId',
  'NetworkInterfaceId',
  'TransitGatewayId',
  'VpcPeeringConnectionId',
] as const;

function leadsAsPlanned(planned: PlannedResource | undefined, route: Route): boolean {
  if (planned === undefined) return false;
  const { properties } = planned;
  const endpoint = properties['VpcEndpointId'];
  if (endpoint !== undefined) return mayBe(endpoint, route.GatewayId);
  const key = targets.find((target) => target in properties);
  return key !== undefined && mayBe(properties[key], route[key]);
}

function targetOf(route: Route): string {
  return targets.map((key) => route[key]).find((target) => target !== undefined) ?? 'nothing';
}

function judgeTable(
  environment: LiveEnvironment,
  table: RouteTable,
  own: readonly Route[],
  planned: readonly string[],
): Finding[] {
  const { RouteTableId, Associations = [] } = table;
  const subject = named(environment, 'AWS::EC2::RouteTable', RouteTableId, 'route table');
  const isPlanned = ofType(environment, 'AWS::EC2::RouteTable').some(({ physicalId }) => physicalId === RouteTableId);
  if (!isPlanned) {
    const isMain = Associations.some(({ Main }) => Main === true);
    // AWS makes the main table together with a VPC; without routes it changes nothing.
    return isMain && own.length === 0 ? [] : [fails(subject, 'is in no template')];
  }
  const dead = own.filter(({ State }) => State === 'blackhole').map(destinationOf);
  if (dead.length > 0) return [fails(subject, `leads nowhere for ${dead.sort().join(', ')}`)];
  const strange = own.filter((route) => !planned.includes(addressOf(table, route))).map(destinationOf);
  if (strange.length > 0)
    return [fails(subject, `has a route for ${strange.sort().join(', ')} that is in no template`)];
  return [holds(subject, `routes ${own.map(destinationOf).sort().join(', ') || 'within the VPC only'}`)];
}

/** Routes without those that AWS makes by itself, or for a gateway endpoint of the templates, which is a resource itself. */
function ownRoutes({ Routes = [] }: RouteTable, endpoints: readonly string[]): Route[] {
  return Routes.filter(({ GatewayId = '', Origin, DestinationPrefixListId }) => {
    const isOfEndpoint = DestinationPrefixListId !== undefined && endpoints.includes(GatewayId);
    return Origin !== 'CreateRouteTable' && GatewayId !== 'local' && !isOfEndpoint;
  });
}

/** Physical id of a route in CloudFormation: `rtb-0123|0.0.0.0/0`. */
function addressOf({ RouteTableId = '' }: RouteTable, route: Route): string {
  return `${RouteTableId}|${destinationOf(route)}`;
}

function destinationOf({ DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId }: Route): string {
  return DestinationCidrBlock ?? DestinationIpv6CidrBlock ?? DestinationPrefixListId ?? '';
}
