import { DescribeTableCommand, DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import {
  DBClusterNotFoundFault,
  DBInstanceNotFoundFault,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { GetBucketEncryptionCommand, GetBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { sharedClient } from '../../../aws/clients.ts';
import { aFewAtATime } from '../../../base/async.ts';
import { isGone, type LiveEnvironment, type LiveResource, ofType, subjectOf } from '../environment.ts';
import { fails, type Finding, holds } from '../finding.ts';
import { isTlsOnly, statementsOf } from '../policy.ts';

/** Checks that buckets have default encryption, and deny requests without TLS. */
export async function lookAtBuckets(environment: LiveEnvironment): Promise<Finding[]> {
  return aFewAtATime(ofType(environment, 'AWS::S3::Bucket'), (bucket) => judge(environment, bucket));
}

async function judge(environment: LiveEnvironment, bucket: LiveResource): Promise<Finding> {
  const subject = subjectOf(environment, bucket);
  const { physicalId: name } = bucket;
  const algorithm = await algorithmOf(environment, name);
  if (algorithm === 'no bucket') return fails(subject, 'does not exist');
  if (algorithm === undefined) return fails(subject, 'is not encrypted');
  const statements = statementsOf(await policyOf(environment, name)) ?? [];
  // Both the bucket and its objects: `arn:aws:s3:::name` and `arn:aws:s3:::name/*`.
  const covers = (resources: readonly string[]) =>
    resources.includes('*') ||
    [`:::${name}`, `:::${name}/*`].every((end) => resources.some((resource) => resource.endsWith(end)));
  if (!isTlsOnly(statements, ['s3:*', '*'], covers)) return fails(subject, 'is reached without TLS as well');
  return holds(subject, `is encrypted (${algorithm}), TLS only`);
}

async function algorithmOf(place: LiveEnvironment, Bucket: string): Promise<string | undefined> {
  try {
    const { ServerSideEncryptionConfiguration } = await sharedClient(S3Client, place).send(
      new GetBucketEncryptionCommand({ Bucket }),
      { abortSignal: place.signal },
    );
    const [rule] = ServerSideEncryptionConfiguration?.Rules ?? [];
    return rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm;
  } catch (error) {
    if (isGone(error, 'ServerSideEncryptionConfigurationNotFoundError')) return undefined;
    if (isGone(error, 'NoSuchBucket')) return 'no bucket';
    throw error;
  }
}

async function policyOf(place: LiveEnvironment, Bucket: string): Promise<string> {
  try {
    const answer = await sharedClient(S3Client, place).send(new GetBucketPolicyCommand({ Bucket }), {
      abortSignal: place.signal,
    });
    return answer.Policy ?? '';
  } catch (error) {
    if (isGone(error, 'NoSuchBucketPolicy')) return '';
    throw error;
  }
}

/** Checks that DynamoDB tables are encrypted with a KMS key, not with the key that AWS owns. */
export async function lookAtTables(environment: LiveEnvironment): Promise<Finding[]> {
  const client = sharedClient(DynamoDBClient, environment);
  const tables = ofType(environment, 'AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable');
  return aFewAtATime(tables, async (table) => {
    const subject = subjectOf(environment, table);
    try {
      const command = new DescribeTableCommand({ TableName: table.physicalId });
      const { Table } = await client.send(command, { abortSignal: environment.signal });
      const isEncrypted = Table?.SSEDescription?.Status === 'ENABLED' && Table.SSEDescription.SSEType === 'KMS';
      return isEncrypted ? holds(subject, 'is encrypted (KMS)') : fails(subject, 'is not encrypted with a key of KMS');
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return fails(subject, 'does not exist');
      throw error;
    }
  });
}

/** Checks that RDS instances and clusters are encrypted. */
export async function lookAtDatabases(environment: LiveEnvironment): Promise<Finding[]> {
  const client = sharedClient(RDSClient, environment);
  const options = { abortSignal: environment.signal };
  const databases = ofType(environment, 'AWS::RDS::DBInstance', 'AWS::RDS::DBCluster');
  return aFewAtATime(databases, async (database) => {
    const subject = subjectOf(environment, database);
    const { type, physicalId: id } = database;
    try {
      const found =
        type === 'AWS::RDS::DBCluster'
          ? (await client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }), options)).DBClusters?.[0]
          : (await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }), options)).DBInstances?.[0];
      return found?.StorageEncrypted === true ? holds(subject, 'is encrypted') : fails(subject, 'is not encrypted');
    } catch (error) {
      const isMissing = error instanceof DBInstanceNotFoundFault || error instanceof DBClusterNotFoundFault;
      if (isMissing || isGone(error, 'DBInstanceNotFound', 'DBClusterNotFound'))
        return fails(subject, 'does not exist');
      throw error;
    }
  });
}
