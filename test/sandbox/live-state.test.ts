import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourcesCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { CloudTrailClient, DescribeTrailsCommand, GetTrailStatusCommand } from '@aws-sdk/client-cloudtrail';
import {
  ConfigServiceClient,
  DescribeComplianceByConfigRuleCommand,
  DescribeConfigurationRecordersCommand,
  DescribeConfigurationRecorderStatusCommand,
  DescribeDeliveryChannelsCommand,
  GetComplianceDetailsByConfigRuleCommand,
} from '@aws-sdk/client-config-service';
import { DescribeContinuousBackupsCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client, StopInstancesCommand } from '@aws-sdk/client-ec2';
import { DescribeTargetHealthCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import {
  CreateBucketCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { startEmulator, type Emulator } from '../../scripts/sandbox/emulator.ts';
import { freePort } from '../support/sandbox.ts';

const infra = join(import.meta.dirname, '../../phases/phase-4/infra');

/** What the launcher adds to the emulator: services answer with what a template has asked of CloudFormation. */
describe('the sandbox', function () {
  this.timeout(60_000);
  let emulator: Emulator;
  let client: { region: string; endpoint: string; credentials: { accessKeyId: string; secretAccessKey: string } };

  before(async () => {
    emulator = await startEmulator({ port: await freePort(), resourceDelay: 0 });
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    client = { region: 'eu-west-1', endpoint: emulator.url, credentials };
  });

  after(() => emulator.stop());

  /** Creates a stack; answers with the physical id of each resource. */
  async function create(StackName: string, TemplateBody: string): Promise<Map<string, string>> {
    const cloudFormation = new CloudFormationClient(client);
    const Capabilities = ['CAPABILITY_IAM' as const];
    await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities }));
    await waitUntilStackCreateComplete(
      { client: cloudFormation, maxWaitTime: 30, minDelay: 1, maxDelay: 1 },
      { StackName },
    );
    const { StackResources = [] } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName }));
    return new Map(
      StackResources.map(({ LogicalResourceId = '', PhysicalResourceId = '' }) => [
        LogicalResourceId,
        PhysicalResourceId,
      ]),
    );
  }

  describe('with the audit stack', () => {
    let ids: Map<string, string>;

    before(async () => {
      ids = await create('audit', await readFile(join(infra, 'audit.yaml'), 'utf8'));
    });

    it('has a trail that logs, over all regions and validated', async () => {
      const trails = new CloudTrailClient(client);
      const { trailList: [trail] = [] } = await trails.send(new DescribeTrailsCommand());
      assert.equal(trail?.Name, 'audit');
      assert.ok(trail.LogFileValidationEnabled && trail.IsMultiRegionTrail && trail.KmsKeyId !== undefined);
      assert.equal((await trails.send(new GetTrailStatusCommand({ Name: 'audit' }))).IsLogging, true);
    });

    it('has one recorder that records, and a channel', async () => {
      const config = new ConfigServiceClient(client);
      const { ConfigurationRecorders: recorders = [] } = await config.send(new DescribeConfigurationRecordersCommand());
      assert.equal(recorders.length, 1);
      const { ConfigurationRecordersStatus: [status] = [] } = await config.send(
        new DescribeConfigurationRecorderStatusCommand(),
      );
      assert.equal(status?.recording, true);
      const { DeliveryChannels: [channel] = [] } = await config.send(new DescribeDeliveryChannelsCommand());
      assert.equal(channel?.s3BucketName, ids.get('Archive'));
    });

    it('evaluates rules over what exists, and names what breaks them', async () => {
      const config = new ConfigServiceClient(client);
      const rule = ids.get('BucketsRefusePlainHttp') ?? '';
      const compliance = async () => {
        const ConfigRuleNames = [rule];
        const { ComplianceByConfigRules: [one] = [] } = await config.send(
          new DescribeComplianceByConfigRuleCommand({ ConfigRuleNames }),
        );
        return one?.Compliance?.ComplianceType;
      };
      assert.equal(await compliance(), 'COMPLIANT');
      const s3 = new S3Client({ ...client, forcePathStyle: true });
      await s3.send(new CreateBucketCommand({ Bucket: 'open-to-plain-http' }));
      assert.equal(await compliance(), 'NON_COMPLIANT');
      const { EvaluationResults: [result] = [] } = await config.send(
        new GetComplianceDetailsByConfigRuleCommand({ ConfigRuleName: rule, ComplianceTypes: ['NON_COMPLIANT'] }),
      );
      assert.equal(result?.EvaluationResultIdentifier?.EvaluationResultQualifier?.ResourceId, 'open-to-plain-http');
    });
  });

  // A part of its own, so that it comes after the rules above, which look at everything.
  describe('with other stacks', () => {
    it('starts instances of a fleet as records, which are healthy for as long as they run', async () => {
      const ids = await create('fleet', fleet);
      const elb = new ElasticLoadBalancingV2Client(client);
      const health = async () => {
        const TargetGroupArn = ids.get('Targets');
        const { TargetHealthDescriptions = [] } = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
        return TargetHealthDescriptions.map(({ Target, TargetHealth }) => [Target?.Id, TargetHealth?.State] as const);
      };
      const [first, second] = await health();
      assert.deepEqual([first?.[1], second?.[1]], ['healthy', 'healthy']);
      await new EC2Client(client).send(new StopInstancesCommand({ InstanceIds: [first?.[0] ?? ''] }));
      assert.deepEqual(
        (await health()).map(([, state]) => state),
        ['unused', 'healthy'],
      );
    });

    it('has buckets, tables, topics, roles and databases as their templates say', async () => {
      const ids = await create('data', data);
      const id = (name: string): string => ids.get(name) ?? assert.fail(name);
      const s3 = new S3Client({ ...client, forcePathStyle: true });
      const Bucket = id('Bucket');
      const { ServerSideEncryptionConfiguration: encryption } = await s3.send(
        new GetBucketEncryptionCommand({ Bucket }),
      );
      const [rule] = encryption?.Rules ?? [];
      assert.equal(rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm, 'aws:kms');
      const { LoggingEnabled } = await s3.send(new GetBucketLoggingCommand({ Bucket }));
      assert.equal(LoggingEnabled?.TargetBucket, id('Logs'));
      const lifecycle = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
      assert.equal(lifecycle.Rules?.[0]?.NoncurrentVersionExpiration?.NoncurrentDays, 90);

      const dynamoDb = new DynamoDBClient(client);
      const TableName = id('Table');
      const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName }));
      assert.equal(Table?.SSEDescription?.SSEType, 'KMS');
      const backups = await dynamoDb.send(new DescribeContinuousBackupsCommand({ TableName }));
      const recovery = backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
      assert.equal(recovery?.PointInTimeRecoveryStatus, 'ENABLED');

      const { Attributes } = await new SNSClient(client).send(new GetTopicAttributesCommand({ TopicArn: id('Topic') }));
      assert.equal(Attributes?.['KmsMasterKeyId'], 'alias/aws/sns');
      const { Role } = await new IAMClient(client).send(new GetRoleCommand({ RoleName: id('Role') }));
      assert.equal(Role?.PermissionsBoundary?.PermissionsBoundaryArn, id('Boundary'));
      const { DBInstances: [database] = [] } = await new RDSClient(client).send(new DescribeDBInstancesCommand());
      assert.match(database?.MasterUserSecret?.SecretArn ?? '', /:secret:rds!/);
    });
  });
});

const fleet = `
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Subnet: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24 } }
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties: { LaunchTemplateData: { ImageId: ami-1, InstanceType: t3.micro } }
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: { VpcId: !Ref Vpc, Protocol: HTTP, Port: 8080, TargetType: instance }
  Fleet:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: '2'
      MaxSize: '2'
      VPCZoneIdentifier: [!Ref Subnet]
      LaunchTemplate: { LaunchTemplateId: !Ref Template, Version: !GetAtt Template.LatestVersionNumber }
      TargetGroupARNs: [!Ref Targets]
`;

const data = `
Resources:
  Logs: { Type: AWS::S3::Bucket }
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: aws:kms } }]
      LoggingConfiguration: { DestinationBucketName: !Ref Logs }
      LifecycleConfiguration:
        Rules: [{ Id: old, Status: Enabled, NoncurrentVersionExpiration: { NoncurrentDays: 90 } }]
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
      SSESpecification: { SSEEnabled: true, SSEType: KMS }
  Topic: { Type: AWS::SNS::Topic, Properties: { KmsMasterKeyId: alias/aws/sns } }
  Boundary:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: Allow, Action: s3:GetObject, Resource: '*' }] }
  Role:
    Type: AWS::IAM::Role
    Properties:
      PermissionsBoundary: !Ref Boundary
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{ Effect: Allow, Action: sts:AssumeRole, Principal: { Service: ec2.amazonaws.com } }]
  Database:
    Type: AWS::RDS::DBInstance
    Properties:
      Engine: postgres
      DBInstanceClass: db.t4g.micro
      AllocatedStorage: '20'
      MasterUsername: owner
      ManageMasterUserPassword: true
`;
