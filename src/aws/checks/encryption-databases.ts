import { DescribeTableCommand, DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import {
  DBClusterNotFoundFault,
  DBInstanceNotFoundFault,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { sharedClient } from '../clients.ts';
import { aFewAtATime } from './at-a-time.ts';
import { fails, holds, type Finding } from './finding.ts';
import { isGone, ofType, subjectOf, type LiveEnvironment } from './live.ts';

/** Tables of DynamoDB: with a key of KMS, not only with the one that AWS has for everybody's tables. */
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

/** Databases of RDS: instances and clusters. */
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
