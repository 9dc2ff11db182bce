import assert from 'node:assert/strict';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateRouteCommand,
  CreateSubnetCommand,
  DeleteRouteCommand,
  DeleteSubnetCommand,
  EC2Client,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import {
  ElasticLoadBalancingV2Client,
  DeregisterTargetsCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { networkCheck } from '../../src/activities/network-check.ts';
import { targetsCheck } from '../../src/activities/targets-check.ts';
import { sharedClient } from '../../src/aws/clients.ts';
import { emulator } from '../support/emulator.ts';
import { LiveStack, region } from '../support/live.ts';

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
