import assert from 'node:assert/strict';
import { DynamoDBClient, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { DeleteBucketPolicyCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { SetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { encryptionCheck } from '../../../src/activities/live/encryption/index.ts';
import { sharedClient } from '../../../src/aws/clients.ts';
import { emulator } from '../../support/emulator.ts';
import { LiveStack, region } from '../../support/live.ts';

const tlsOnly = (actions: string, ...resources: unknown[]) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Deny',
      Principal: '*',
      Action: actions,
      Resource: resources,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ],
});

const bucketArn = { 'Fn::GetAtt': ['Bucket', 'Arn'] };

describe('an encryption check', () => {
  let live: LiveStack;
  const check = () => live.check(encryptionCheck);
  before(async () => {
    await emulator();
    live = await LiveStack.deploy({
      Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Version: '2012-10-17', Statement: [] } } },
      Bucket: {
        Type: 'AWS::S3::Bucket',
        Properties: {
          BucketEncryption: {
            ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }],
          },
        },
      },
      BucketPolicy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: {
          Bucket: { Ref: 'Bucket' },
          PolicyDocument: tlsOnly('s3:*', bucketArn, { 'Fn::Sub': '${Bucket.Arn}/*' }),
        },
      },
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          BillingMode: 'PAY_PER_REQUEST',
          SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } },
        },
      },
      Volume: { Type: 'AWS::EC2::Volume', Properties: { AvailabilityZone: 'eu-west-1a', Size: 1, Encrypted: true } },
      Database: {
        Type: 'AWS::RDS::DBInstance',
        Properties: {
          Engine: 'postgres',
          DBInstanceClass: 'db.t4g.micro',
          AllocatedStorage: '20',
          MasterUsername: 'owner',
          MasterUserPassword: 'only-in-the-emulator',
          StorageEncrypted: true,
        },
      },
      Topic: { Type: 'AWS::SNS::Topic', Properties: { KmsMasterKeyId: { Ref: 'Key' } } },
      TopicPolicy: {
        Type: 'AWS::SNS::TopicPolicy',
        Properties: { Topics: [{ Ref: 'Topic' }], PolicyDocument: tlsOnly('sns:Publish', { Ref: 'Topic' }) },
      },
    });
    // The emulator takes these from the services' own requests; its CloudFormation alone passes over them.
    const key = await live.idOf('Key');
    await setKey(key);
    await sharedClient(DynamoDBClient, { region }).send(
      new UpdateTableCommand({
        TableName: await live.idOf('Table'),
        SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: key },
      }),
    );
  });
  after(() => live.remove());

  async function setKey(AttributeValue: string): Promise<void> {
    const TopicArn = await live.idOf('Topic');
    await sharedClient(SNSClient, { region }).send(
      new SetTopicAttributesCommand({ TopicArn, AttributeName: 'KmsMasterKeyId', AttributeValue }),
    );
  }

  it('passes when everything is encrypted, and takes TLS alone', async () => {
    const { state, reason } = await check();
    assert.deepEqual(
      [state, reason],
      ['passed', '5 looked at, all as they should be: buckets, tables, volumes, databases and topics'],
    );
  });

  it('fails for a bucket whose policy leaves objects out, and for one without policy', async () => {
    const client = sharedClient(S3Client, { region });
    const Bucket = await live.idOf('Bucket');
    const onlyBucket = JSON.stringify(tlsOnly('s3:*', `arn:aws:s3:::${Bucket}`));
    await client.send(new PutBucketPolicyCommand({ Bucket, Policy: onlyBucket }));
    assert.equal((await check()).reason, 'development/app Bucket is reached without TLS as well');
    await client.send(new DeleteBucketPolicyCommand({ Bucket }));
    assert.equal((await check()).state, 'failed');
  });

  it('names what is not encrypted', async () => {
    await setKey('');
    assert.match((await check()).reason, /development\/app Topic is not encrypted/);
  });
});

describe('an encryption check of plain things', () => {
  let live: LiveStack;
  before(async () => {
    await emulator();
    live = await LiveStack.deploy({
      Volume: { Type: 'AWS::EC2::Volume', Properties: { AvailabilityZone: 'eu-west-1a', Size: 1 } },
      Template: {
        Type: 'AWS::EC2::LaunchTemplate',
        Properties: {
          LaunchTemplateData: {
            BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 8, Encrypted: false } }],
          },
        },
      },
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          BillingMode: 'PAY_PER_REQUEST',
        },
      },
    });
  });
  after(() => live.remove());

  it('fails for each of them', async () => {
    assert.deepEqual((await live.check(encryptionCheck)).reason.split('; '), [
      'development/app Table is not encrypted with a key of KMS',
      'development/app Template /dev/xvda is not encrypted',
      'development/app Volume is not encrypted',
    ]);
  });
});
