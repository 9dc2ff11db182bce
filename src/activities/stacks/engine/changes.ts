import {
  type Change,
  DescribeChangeSetCommand,
  type DescribeChangeSetCommandOutput,
} from '@aws-sdk/client-cloudformation';
import canonicalize from 'canonicalize';
import type { StackAddress } from '../../../aws/clients.ts';
import { sha256 } from '../../../base/digest.ts';
import { NESTED_STACK } from './events.ts';

/** The change that a change set would make to one resource. */
export interface ResourceChange {
  /** Logical id. For a resource in a nested stack, the ids of the nested stacks come first: `Storage/Bucket`. */
  readonly resource: string;
  /** `AWS::S3::Bucket` */
  readonly type: string;
  /** `Add`, `Modify`, `Remove`, `Import`; `Dynamic` when CloudFormation cannot tell beforehand. */
  readonly action: string;
  /** `True`, `False` or `Conditional`; absent unless the resource is modified. */
  readonly replacement?: string;
  /** Fate of the old resource: `Delete`, `Retain`, `Snapshot`, `ReplaceAndDelete`, `ReplaceAndRetain`, … */
  readonly policyAction?: string;
  readonly physicalId?: string;
  /** Properties that are changed. */
  readonly properties: readonly string[];
  /** Properties before and after as JSON, as far as CloudFormation shows them, for people. They may be large. */
  readonly before?: string;
  readonly after?: string;
}

/** CloudFormation reports missing rows only with this text in the status reason. */
const INCOMPLETE = 'incomplete ChangeSet data';

/**
 * Reads a whole change set: all pages, and the change sets of nested stacks. CloudFormation may leave rows out when property values are
 * requested. Then the function reads the rows again without values, and merges both.
 */
export async function readChanges(address: StackAddress, changeSetId: string, path = ''): Promise<ResourceChange[]> {
  const { rows, isIncomplete } = await readRows(address, changeSetId, true);
  const known = new Map(rows.map((row) => [row.ResourceChange?.LogicalResourceId, row]));
  const all = isIncomplete
    ? (await readRows(address, changeSetId, false)).rows.map(
        (row) => known.get(row.ResourceChange?.LogicalResourceId) ?? row,
      )
    : rows;
  const changes: ResourceChange[] = [];
  for (const row of all) {
    const nested = row.ResourceChange?.ChangeSetId;
    const change = changeOf(row, path);
    // A modified nested stack without a change set of its own may change any of its resources.
    const isOpaque = change.type === NESTED_STACK && change.action === 'Modify' && nested === undefined;
    changes.push(isOpaque ? { ...change, action: 'Dynamic' } : change);
    if (nested !== undefined) changes.push(...(await readChanges(address, nested, `${change.resource}/`)));
  }
  return changes;
}

/** Ids of the change sets of nested stacks, each with the logical id of its stack. */
export async function nestedChangeSets(
  address: StackAddress,
  changeSetId: string,
): Promise<readonly (readonly [resource: string, id: string])[]> {
  const { rows } = await readRows(address, changeSetId, false);
  return rows.flatMap(({ ResourceChange: { LogicalResourceId = '', ChangeSetId } = {} }) =>
    ChangeSetId === undefined ? [] : [[LogicalResourceId, ChangeSetId] as const],
  );
}

async function readRows(
  { client, signal }: StackAddress,
  ChangeSetName: string,
  IncludePropertyValues: boolean,
): Promise<{ rows: Change[]; isIncomplete: boolean }> {
  const rows: Change[] = [];
  let isIncomplete = false;
  let NextToken: string | undefined;
  do {
    const command = new DescribeChangeSetCommand({ ChangeSetName, IncludePropertyValues, NextToken });
    const answer: DescribeChangeSetCommandOutput = await client.send(command, { abortSignal: signal });
    rows.push(...(answer.Changes ?? []));
    isIncomplete ||= answer.StatusReason?.includes(INCOMPLETE) === true;
    NextToken = answer.NextToken === '' ? undefined : answer.NextToken;
  } while (NextToken !== undefined);
  return { rows, isIncomplete };
}

function changeOf({ ResourceChange = {} }: Change, path: string): ResourceChange {
  const { LogicalResourceId = '', ResourceType = '', Action = 'Dynamic', Details = [] } = ResourceChange;
  const { Replacement, PolicyAction, PhysicalResourceId, BeforeContext, AfterContext } = ResourceChange;
  const properties = Details.flatMap(({ Target }) => Target?.Name ?? Target?.Attribute ?? []);
  return {
    resource: `${path}${LogicalResourceId}`,
    type: ResourceType,
    action: Action,
    ...(Replacement === undefined ? {} : { replacement: Replacement }),
    ...(PolicyAction === undefined ? {} : { policyAction: PolicyAction }),
    ...(PhysicalResourceId === undefined ? {} : { physicalId: PhysicalResourceId }),
    properties: [...new Set(properties)].sort(),
    ...(BeforeContext === undefined ? {} : { before: BeforeContext }),
    ...(AfterContext === undefined ? {} : { after: AfterContext }),
  };
}

/** A change that may destroy data or a resource. It has no property values, which may be secret. */
export type DestructiveChange = Omit<ResourceChange, 'before' | 'after'>;

/** Policies that delete the resource. A snapshot does not replace the resource. */
const deleting = new Set(['Delete', 'ReplaceAndDelete', 'Snapshot', 'ReplaceAndSnapshot']);

/**
 * The changes that remove or may replace a stateful resource. A change that CloudFormation cannot tell beforehand counts as destructive,
 * and so does a conditional replacement.
 */
export function destructiveChanges(changes: readonly ResourceChange[]): DestructiveChange[] {
  return inOrder(changes.filter((change) => isStateful(change.type) && isDestructive(change)));
}

/** The changes that remove or may replace a resource of any type. */
export function losses(changes: readonly ResourceChange[]): DestructiveChange[] {
  return inOrder(changes.filter((change) => change.action === 'Remove' || isDestructive(change)));
}

function inOrder(changes: readonly ResourceChange[]): DestructiveChange[] {
  return changes
    .map(({ before: _before, after: _after, ...change }) => change)
    .sort((one, other) => (one.resource < other.resource ? -1 : 1));
}

function isDestructive({ action, replacement, policyAction }: ResourceChange): boolean {
  return (
    action === 'Dynamic' ||
    (action === 'Remove' && policyAction !== 'Retain') ||
    replacement === 'True' ||
    replacement === 'Conditional' ||
    deleting.has(policyAction ?? '')
  );
}

/**
 * Digest for an approval of destructive changes: it covers these changes, by this template, in this stack. The order of the changes does
 * not matter, and another change set with the same changes has the same digest.
 *
 * @returns hex SHA-256
 */
export function destructionDigest(
  stackId: string,
  template: string | null,
  changes: readonly DestructiveChange[],
): string {
  const sorted = [...changes].sort((one, other) => (one.resource < other.resource ? -1 : 1));
  return sha256(canonicalize({ stackId, template, changes: sorted }) ?? '');
}

/** Describes a change: `AWS::S3::Bucket Data is removed`. */
export function inWords({ type, resource, ...change }: DestructiveChange): string {
  return `${type} ${resource} ${fate(change)}`;
}

function fate({ action, replacement, policyAction }: Omit<DestructiveChange, 'type' | 'resource'>): string {
  if (action === 'Remove') return 'is removed';
  if (action === 'Dynamic') return 'changes in a way that cannot be told beforehand';
  if (replacement === 'True') return 'is replaced';
  return replacement === 'Conditional' ? 'may be replaced' : `is changed (${String(policyAction)})`;
}

/**
 * Types whose deletion or replacement loses data. The first list follows cfn-lint's `data/AdditionalSpecs/StatefulResources.json`
 * (https://github.com/aws-cloudformation/cfn-lint, version of August 2026). The second list has types that are missing there.
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
  'AWS::ACMPCA::CertificateAuthority',
  'AWS::AmazonMQ::Broker',
  'AWS::Backup::LogicallyAirGappedBackupVault',
  'AWS::Cassandra::Keyspace',
  'AWS::Cassandra::Table',
  'AWS::CloudTrail::EventDataStore',
  'AWS::CodeCommit::Repository',
  'AWS::DSQL::Cluster',
  'AWS::DocDBElastic::Cluster',
  'AWS::ECR::Repository',
  'AWS::ElastiCache::ServerlessCache',
  'AWS::FSx::Volume',
  // The data that a key has encrypted is lost with the key.
  'AWS::KMS::Key',
  'AWS::KMS::ReplicaKey',
  'AWS::Kinesis::Stream',
  'AWS::MSK::Cluster',
  'AWS::MSK::ServerlessCluster',
  'AWS::MemoryDB::Cluster',
  'AWS::NeptuneGraph::Graph',
  'AWS::OpenSearchServerless::Collection',
  'AWS::OpenSearchService::Domain',
  'AWS::RDS::GlobalCluster',
  'AWS::RedshiftServerless::Namespace',
  'AWS::S3Express::DirectoryBucket',
  'AWS::S3Tables::Table',
  'AWS::S3Tables::TableBucket',
  'AWS::S3Vectors::VectorBucket',
  'AWS::Timestream::Database',
  'AWS::Timestream::InfluxDBInstance',
  'AWS::Timestream::Table',
];

const stateful = new Set([...fromCfnLint, ...others]);

/** True when resources of the type hold data. */
function isStateful(type: string): boolean {
  return stateful.has(type);
}
