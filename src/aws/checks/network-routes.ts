import type { Route, RouteTable } from '@aws-sdk/client-ec2';
import { fails, holds, unknown, type Finding } from './finding.ts';
import { ofType, subjectOf, type LiveEnvironment } from './live.ts';
import { named } from './network-names.ts';

/** Whether the routes are those of the templates: each is there and leads somewhere, and there is no other. */
export function lookAtRoutes(environment: LiveEnvironment, tables: readonly RouteTable[]): Finding[] {
  const planned = ofType(environment, 'AWS::EC2::Route');
  const live = new Set(tables.flatMap((table) => ownRoutes(table).map((route) => addressOf(table, route))));
  const there = tables.flatMap((table) => {
    const ids = planned.map(({ physicalId }) => physicalId);
    return judgeTable(environment, table, ids);
  });
  const routes = planned.map((route) => {
    const subject = subjectOf(environment, route);
    // Stacks of long ago know their routes by another name, which says nothing of the route.
    if (!route.physicalId.includes('|')) return unknown(subject, 'cannot be told from other routes');
    return live.has(route.physicalId) ? holds(subject, 'exists') : fails(subject, 'does not exist');
  });
  return [...there, ...routes];
}

function judgeTable(environment: LiveEnvironment, table: RouteTable, planned: readonly string[]): Finding[] {
  const { RouteTableId, Associations = [] } = table;
  const subject = named(environment, 'AWS::EC2::RouteTable', RouteTableId, 'route table');
  const own = ownRoutes(table);
  const isPlanned = ofType(environment, 'AWS::EC2::RouteTable').some(({ physicalId }) => physicalId === RouteTableId);
  if (!isPlanned) {
    const isMain = Associations.some(({ Main }) => Main === true);
    // The main table, which AWS makes with a VPC, is nobody's while it routes nothing.
    return isMain && own.length === 0 ? [] : [fails(subject, 'is in no template')];
  }
  const dead = own.filter(({ State }) => State === 'blackhole').map(destinationOf);
  if (dead.length > 0) return [fails(subject, `leads nowhere for ${dead.sort().join(', ')}`)];
  const strange = own.filter((route) => !planned.includes(addressOf(table, route))).map(destinationOf);
  if (strange.length > 0)
    return [fails(subject, `has a route for ${strange.sort().join(', ')} that is in no template`)];
  return [holds(subject, `routes ${own.map(destinationOf).sort().join(', ') || 'within the VPC only'}`)];
}

/** Routes beside those that AWS makes by itself, or for a gateway endpoint, which is a resource of its own. */
function ownRoutes({ Routes = [] }: RouteTable): Route[] {
  return Routes.filter(
    ({ GatewayId = '', Origin }) =>
      Origin !== 'CreateRouteTable' && GatewayId !== 'local' && !GatewayId.startsWith('vpce-'),
  );
}

/** As CloudFormation names a route: `rtb-0123|0.0.0.0/0`. */
function addressOf({ RouteTableId = '' }: RouteTable, route: Route): string {
  return `${RouteTableId}|${destinationOf(route)}`;
}

function destinationOf({ DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId }: Route): string {
  return DestinationCidrBlock ?? DestinationIpv6CidrBlock ?? DestinationPrefixListId ?? '';
}
