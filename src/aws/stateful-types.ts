/**
 * Types whose deletion or replacement loses data. The first list states the facts of cfn-lint's
 * `data/AdditionalSpecs/StatefulResources.json` (https://github.com/aws-cloudformation/cfn-lint, read in its version of August
 * 2026); the second holds what that file does not know or leaves out.
 */
const fromCfnLint = [
  'AWS::Backup::BackupVault',
  'AWS::CloudFormation::Stack',
  'AWS::Cognito::UserPool',
  'AWS::DocDB::DBCluster',
  'AWS::DocDB::DBInstance',
  'AWS::DynamoDB::GlobalTable',
  'AWS::DynamoDB::Table',
  'AWS::EC2::Volume',
  'AWS::EFS::FileSystem',
  'AWS::EMR::Cluster',
  'AWS::ElastiCache::CacheCluster',
  'AWS::ElastiCache::ReplicationGroup',
  'AWS::Elasticsearch::Domain',
  'AWS::FSx::FileSystem',
  'AWS::Logs::LogGroup',
  'AWS::Neptune::DBCluster',
  'AWS::Neptune::DBInstance',
  'AWS::QLDB::Ledger',
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBInstance',
  'AWS::Redshift::Cluster',
  'AWS::S3::Bucket',
  'AWS::SDB::Domain',
  'AWS::SQS::Queue',
  'AWS::SecretsManager::Secret',
];

const others = [
  // What it encrypted is lost with it.
  'AWS::KMS::Key',
  'AWS::Kinesis::Stream',
  'AWS::MSK::Cluster',
  'AWS::MemoryDB::Cluster',
  'AWS::OpenSearchService::Domain',
  'AWS::Timestream::Table',
];

const stateful = new Set([...fromCfnLint, ...others]);

/** Whether a resource of the type holds what nobody can make again. */
export function isStateful(type: string): boolean {
  return stateful.has(type);
}
