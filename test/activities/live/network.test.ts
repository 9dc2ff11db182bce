import assert from 'node:assert/strict';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateManagedPrefixListCommand,
  CreateNetworkAclEntryCommand,
  CreateRouteCommand,
  CreateSubnetCommand,
  DeleteNetworkAclEntryCommand,
  DeleteRouteCommand,
  DeleteSubnetCommand,
  EC2Client,
  ReplaceNetworkAclAssociationCommand,
  ReplaceRouteCommand,
  ReplaceRouteTableAssociationCommand,
  RevokeSecurityGroupIngressCommand,
  type IpPermission,
} from '@aws-sdk/client-ec2';
import {
  ElasticLoadBalancingV2Client,
  DeregisterTargetsCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { networkCheck } from '../../../src/activities/live/network/index.ts';
import { targetsCheck } from '../../../src/activities/live/targets/index.ts';
import { judgeGroups, widePrefixLists } from '../../../src/activities/live/network/open.ts';
import { sharedClient } from '../../../src/aws/clients.ts';
import { emulator } from '../../support/emulator.ts';
import { LiveStack, region } from '../../support/live.ts';

describe('checks of the network', () => {
  let live: LiveStack;
  const ec2 = () => sharedClient(EC2Client, { region });
  const check = (...open: number[]) => live.check(networkCheck, { open });
  before(async () => {
    await emulator();
    live = await LiveStack.deploy({
      Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.77.0.0/16' } },
      Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.77.0.0/20' } },
      Table: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: { Ref: 'Vpc' } } },
      Routed: {
        Type: 'AWS::EC2::SubnetRouteTableAssociation',
        Properties: { SubnetId: { Ref: 'Subnet' }, RouteTableId: { Ref: 'Table' } },
      },
      Gateway: { Type: 'AWS::EC2::InternetGateway', Properties: {} },
      Attached: {
        Type: 'AWS::EC2::VPCGatewayAttachment',
        Properties: { VpcId: { Ref: 'Vpc' }, InternetGatewayId: { Ref: 'Gateway' } },
      },
      Out: {
        Type: 'AWS::EC2::Route',
        DependsOn: 'Attached',
        Properties: {
          RouteTableId: { Ref: 'Table' },
          DestinationCidrBlock: '0.0.0.0/0',
          GatewayId: { Ref: 'Gateway' },
        },
      },
      Doors: {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: {
          GroupDescription: 'Clients',
          VpcId: { Ref: 'Vpc' },
          SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '0.0.0.0/0' }],
        },
      },
      Targets: {
        Type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
        Properties: { VpcId: { Ref: 'Vpc' }, Port: 8080, Protocol: 'HTTP' },
      },
    });
  });
  after(() => live.remove());

  it('passes with stated ports, and subnets and routes of the templates', async () => {
    const { state, reason } = await check(443);
    assert.equal(state, 'passed', reason);
  });

  it('fails for what is open beyond the stated ports, by IPv6 and ranges too', async () => {
    assert.equal((await check()).reason, 'development/app Doors is open to everybody on tcp 443');
    const GroupId = await live.idOf('Doors');
    const range = { IpProtocol: 'tcp', FromPort: 440, ToPort: 445, Ipv6Ranges: [{ CidrIpv6: '::/0' }] };
    await ec2().send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [range] }));
    assert.equal((await check(443)).reason, 'development/app Doors is open to everybody on tcp 440-445');
    await ec2().send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: [range] }));
  });

  it('fails for a subnet that no template has', async () => {
    const { Subnet } = await ec2().send(
      new CreateSubnetCommand({ VpcId: await live.idOf('Vpc'), CidrBlock: '10.77.240.0/20' }),
    );
    const { state, reason } = await check(443);
    assert.deepEqual([state, reason], ['failed', `development subnet ${Subnet?.SubnetId ?? ''} is in no template`]);
    await ec2().send(new DeleteSubnetCommand({ SubnetId: Subnet?.SubnetId }));
  });

  it('fails for a route that no template has, and for one that is gone', async () => {
    const RouteTableId = await live.idOf('Table');
    const GatewayId = await live.idOf('Gateway');
    const strange = { RouteTableId, DestinationCidrBlock: '192.0.2.0/24' };
    await ec2().send(new CreateRouteCommand({ ...strange, GatewayId }));
    assert.equal(
      (await check(443)).reason,
      'development/app Table has a route for 192.0.2.0/24 that is in no template',
    );
    await ec2().send(new DeleteRouteCommand(strange));
    await ec2().send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0' }));
    assert.equal((await check(443)).reason, 'development/app Out does not exist');
  });

  it('targets: fail without any, and pass when all are healthy', async () => {
    const TargetGroupArn = await live.idOf('Targets');
    assert.equal((await live.check(targetsCheck)).reason, 'development/app Targets has no targets');
    const client = sharedClient(ElasticLoadBalancingV2Client, { region });
    const gone = [{ Id: 'i-0123456789abcdef0' }];
    await client.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: gone }));
    assert.equal((await live.check(targetsCheck)).state, 'failed', 'there is no such instance');
    await client.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets: gone }));
    await client.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: '10.0.0.7' }] }));
    assert.equal((await live.check(targetsCheck)).state, 'passed');
  });
});

describe('a network check of what was changed in place', () => {
  let live: LiveStack;
  const ec2 = () => sharedClient(EC2Client, { region });
  const reason = async () => (await live.check(networkCheck, { open: [443] })).reason;
  const entry = (RuleNumber: number, more: object = {}) => ({
    Type: 'AWS::EC2::NetworkAclEntry',
    Properties: {
      NetworkAclId: { Ref: 'Filter' },
      RuleNumber,
      Protocol: 6,
      PortRange: { From: 443, To: 443 },
      CidrBlock: '0.0.0.0/0',
      RuleAction: 'allow',
      ...more,
    },
  });
  before(async () => {
    await emulator();
    const VpcId = { Ref: 'Vpc' };
    live = await LiveStack.deploy({
      Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.78.0.0/16' } },
      Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId, CidrBlock: '10.78.0.0/20' } },
      Private: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId } },
      Public: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId } },
      Routed: {
        Type: 'AWS::EC2::SubnetRouteTableAssociation',
        Properties: { SubnetId: { Ref: 'Subnet' }, RouteTableId: { Ref: 'Private' } },
      },
      Gateway: { Type: 'AWS::EC2::InternetGateway', Properties: {} },
      Another: { Type: 'AWS::EC2::InternetGateway', Properties: {} },
      Attached: {
        Type: 'AWS::EC2::VPCGatewayAttachment',
        Properties: { VpcId, InternetGatewayId: { Ref: 'Gateway' } },
      },
      Out: {
        Type: 'AWS::EC2::Route',
        DependsOn: 'Attached',
        Properties: {
          RouteTableId: { Ref: 'Public' },
          DestinationCidrBlock: '0.0.0.0/0',
          GatewayId: { Ref: 'Gateway' },
        },
      },
      Doors: { Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription: 'Clients', VpcId } },
      Filter: { Type: 'AWS::EC2::NetworkAcl', Properties: { VpcId } },
      In: entry(100),
      Answers: entry(100, { Egress: true, PortRange: { From: 1024, To: 65_535 } }),
      Filtered: {
        Type: 'AWS::EC2::SubnetNetworkAclAssociation',
        Properties: { SubnetId: { Ref: 'Subnet' }, NetworkAclId: { Ref: 'Filter' } },
      },
    });
  });
  after(() => live.remove());

  it('passes before', async () => {
    assert.match(await reason(), /all as they should be/);
  });

  const ssh = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22 };
  const ping = { IpProtocol: 'icmp', FromPort: 8, ToPort: 0 };
  const everybody: [name: string, permission: IpPermission, ports: string][] = [
    ['half of IPv4', { ...ssh, IpRanges: [{ CidrIp: '128.0.0.0/1' }] }, 'tcp 22'],
    ['all of IPv6 that is in use', { ...ssh, Ipv6Ranges: [{ CidrIpv6: '2000::/3' }] }, 'tcp 22'],
    ['whoever may ping', { ...ping, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }, 'icmp'],
  ];
  for (const [name, permission, ports] of everybody) {
    it(`takes for everybody: ${name}`, async () => {
      const rule = { GroupId: await live.idOf('Doors'), IpPermissions: [permission] };
      await ec2().send(new AuthorizeSecurityGroupIngressCommand(rule));
      assert.equal(await reason(), `development/app Doors is open to everybody on ${ports}`);
      await ec2().send(new RevokeSecurityGroupIngressCommand(rule));
    });
  }

  // The emulator takes no prefix lists in rules of security groups, but it has the lists.
  it('takes for everybody: a prefix list that holds everybody', async () => {
    const list = async (Cidr: string) => {
      const create = { PrefixListName: Cidr, MaxEntries: 1, AddressFamily: 'IPv4', Entries: [{ Cidr }] };
      return (await ec2().send(new CreateManagedPrefixListCommand(create))).PrefixList?.PrefixListId;
    };
    const by = (PrefixListId?: string) => ({
      GroupId: PrefixListId,
      IpPermissions: [{ ...ssh, PrefixListIds: [{ PrefixListId }] }],
    });
    const groups = [by(await list('0.0.0.0/0')), by(await list('198.51.100.0/24'))];
    const { signal } = new AbortController();
    const wide = await widePrefixLists(ec2(), groups, signal);
    const environment = { name: 'development', region, stacks: [], resources: [], signal };
    const states = judgeGroups(environment, groups, wide, [443]).map(({ state }) => state);
    assert.deepEqual(states, ['fails', 'holds']);
  });

  it('fails for entries of a network ACL that no template has, and for those that are gone', async () => {
    const NetworkAclId = await live.idOf('Filter');
    const strange = { NetworkAclId, RuleNumber: 50, Egress: false };
    const everything = { ...strange, Protocol: '-1', RuleAction: 'allow', CidrBlock: '0.0.0.0/0' } as const;
    await ec2().send(new CreateNetworkAclEntryCommand(everything));
    assert.equal(await reason(), 'development/app Filter has rule 50 (in) otherwise than its template');
    await ec2().send(new DeleteNetworkAclEntryCommand(strange));
    await ec2().send(new DeleteNetworkAclEntryCommand({ NetworkAclId, RuleNumber: 100, Egress: true }));
    assert.equal(await reason(), 'development/app Filter lacks Answers');
  });

  it('fails for a route that leads elsewhere', async () => {
    const [RouteTableId, GatewayId] = [await live.idOf('Public'), await live.idOf('Another')];
    const elsewhere = { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId };
    await ec2().send(new ReplaceRouteCommand(elsewhere));
    assert.match(
      await reason(),
      new RegExp(`development/app Out leads to ${GatewayId}, not to where its template says`),
    );
    await ec2().send(new ReplaceRouteCommand({ ...elsewhere, GatewayId: await live.idOf('Gateway') }));
  });

  it('fails for a subnet with another route table of the same stack, and another network ACL', async () => {
    const [AssociationId, RouteTableId] = [await live.idOf('Routed'), await live.idOf('Public')];
    await ec2().send(new ReplaceRouteTableAssociationCommand({ AssociationId, RouteTableId }));
    assert.match(await reason(), new RegExp(`Subnet is routed by ${RouteTableId}, which no template says`));
    assert.match(await reason(), /app Routed does not exist, or was changed/);
    const filtered = { AssociationId: await live.idOf('Filtered'), NetworkAclId: await live.idOf('Filter') };
    await ec2().send(new ReplaceNetworkAclAssociationCommand(filtered));
    assert.match(await reason(), /app Filtered does not exist, or was changed/);
  });
});
