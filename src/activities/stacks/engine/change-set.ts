import {
  type Capability,
  ChangeSetNotFoundException,
  type ChangeSetStatus,
  type ChangeSetType,
  type CloudFormationClient,
  CreateChangeSetCommand,
  type CreateChangeSetCommandInput,
  DeleteChangeSetCommand,
  DescribeChangeSetCommand,
  ExecuteChangeSetCommand,
  type ExecutionStatus,
  GetTemplateCommand,
  type Parameter,
} from '@aws-sdk/client-cloudformation';
import { HeadObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { StackAddress } from '../../../aws/clients.ts';
import { explainError } from '../../../aws/errors.ts';
import { sha256 } from '../../../base/digest.ts';
import { PermanentError } from '../../../base/errors.ts';
import type { OperationNames, StackDeployment } from './deployment.ts';
import type { Pace } from './pace.ts';

/** What a change set would do, or has done. */
export interface ChangeSet {
  readonly id: string;
  readonly stackId: string;
  readonly status: ChangeSetStatus | undefined;
  /** Says whether it has been executed, and how that ended. */
  readonly execution: ExecutionStatus | undefined;
  readonly reason: string;
  /** Number of resources that it adds, changes, removes or imports. */
  readonly changeCount: number;
  /** Whether it has change sets of nested stacks under it. */
  readonly hasNested: boolean;
  /** Milliseconds of AWS's clock; nothing that comes of it happened before. */
  readonly created: number;
}

/** What a change set is made of besides what the deployment says. */
export interface ChangeSetContents {
  readonly type: ChangeSetType;
  /** See OperationNames.create. */
  readonly token: string;
  readonly source: TemplateSource;
  readonly parameters: readonly Parameter[];
  readonly includeNested: boolean;
}

/**
 * Creates a change set; repeated with the same names and contents, AWS answers with the one that exists.
 *
 * @returns its id
 */
export async function createChangeSet(
  deployment: StackDeployment,
  names: OperationNames,
  { type, token, source, parameters, includeNested }: ChangeSetContents,
): Promise<string> {
  const { client, stackName, signal, capabilities, tags } = deployment;
  const command = new CreateChangeSetCommand({
    StackName: stackName,
    ChangeSetName: names.changeSet,
    ChangeSetType: type,
    ClientToken: token,
    Description: names.description,
    ...source,
    Parameters: [...parameters],
    Capabilities: capabilities.map((capability) => capability as Capability),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    ...(includeNested ? { IncludeNestedStacks: true } : {}),
    ...settingsOf(deployment),
  });
  const { Id = '' } = await client.send(command, { abortSignal: signal });
  return Id;
}

function settingsOf({ settings = {} }: StackDeployment): Partial<CreateChangeSetCommandInput> {
  const { serviceRole, rollbackAlarms } = settings;
  return {
    ...(serviceRole === undefined ? {} : { RoleARN: serviceRole }),
    ...(rollbackAlarms === undefined
      ? {}
      : {
          RollbackConfiguration: {
            RollbackTriggers: rollbackAlarms.arns.map((Arn) => ({ Arn, Type: 'AWS::CloudWatch::Alarm' })),
            MonitoringTimeInMinutes: rollbackAlarms.minutes,
          },
        }),
  };
}

/**
 * Finds a change set by name, or by its id: on AWS, only the id still finds one that has been executed.
 *
 * @returns nothing when there is none
 */
export async function findChangeSet(address: StackAddress, nameOrId: string): Promise<ChangeSet | undefined> {
  const { client, stackName, signal } = address;
  const byId = nameOrId.startsWith('arn:');
  let found: ChangeSet | undefined;
  let page: string | undefined;
  try {
    do {
      const answer = await client.send(
        new DescribeChangeSetCommand({
          ChangeSetName: nameOrId,
          ...(byId ? {} : { StackName: stackName }),
          NextToken: page,
        }),
        { abortSignal: signal },
      );
      const { Changes = [] } = answer;
      found = {
        id: answer.ChangeSetId ?? '',
        stackId: answer.StackId ?? '',
        status: answer.Status,
        execution: answer.ExecutionStatus,
        reason: answer.StatusReason ?? '',
        changeCount: (found?.changeCount ?? 0) + Changes.length,
        hasNested: found?.hasNested === true || Changes.some((one) => one.ResourceChange?.ChangeSetId !== undefined),
        created: answer.CreationTime?.getTime() ?? 0,
      };
      page = answer.NextToken === '' ? undefined : answer.NextToken;
    } while (page !== undefined);
    return found;
  } catch (error) {
    if (error instanceof ChangeSetNotFoundException) return undefined;
    throw error;
  }
}

/** Starts the change that a change set describes. Events of the operation carry `names.execute`. */
export async function executeChangeSet(
  { client, signal }: StackAddress,
  changeSet: ChangeSet,
  names: OperationNames,
): Promise<void> {
  const command = new ExecuteChangeSetCommand({
    ChangeSetName: changeSet.id,
    ClientRequestToken: names.execute,
    // A create that rolls back leaves nothing behind that the next try would collide with.
    RetainExceptOnCreate: true,
  });
  await client.send(command, { abortSignal: signal });
}

/** Deletes a change set that has not been executed; a stack takes only so many. */
export async function deleteChangeSet({ client, signal }: StackAddress, changeSet: ChangeSet): Promise<void> {
  await client.send(new DeleteChangeSetCommand({ ChangeSetName: changeSet.id }), { abortSignal: signal });
}

/**
 * Waits until AWS has worked out what a change set would do. Before that it can be neither executed nor deleted.
 *
 * @returns nothing when it is gone
 */
export async function untilWorkedOut(address: StackAddress, pace: Pace, id: string): Promise<ChangeSet | undefined> {
  pace.restart();
  let changeSet = await findChangeSet(address, id);
  while (changeSet?.status !== undefined && moving.has(changeSet.status)) {
    await pace.pause();
    changeSet = await findChangeSet(address, id);
  }
  return changeSet;
}

/** Statuses of a change set that is on its way: it comes, or goes. */
const moving: ReadonlySet<ChangeSetStatus> = new Set([
  'CREATE_PENDING',
  'CREATE_IN_PROGRESS',
  'DELETE_PENDING',
  'DELETE_IN_PROGRESS',
]);

/** Whether a change set has been started by now. */
export function isExecuted({ execution }: ChangeSet): boolean {
  return execution === 'EXECUTE_IN_PROGRESS' || execution === 'EXECUTE_COMPLETE' || execution === 'EXECUTE_FAILED';
}

/**
 * Whether the stack is already as wanted. AWS reports that as a failure and says so only in words: the first from CloudFormation
 * itself, the second where a transform is involved. The number of changes is no sign: a set that changes only outputs has none.
 */
export function isWithoutChanges({ status, reason }: ChangeSet): boolean {
  return (
    status === 'FAILED' &&
    (reason.startsWith("The submitted information didn't contain changes.") ||
      reason.startsWith('No updates are to be performed.'))
  );
}

/** What a request can carry, in bytes of UTF-8; larger templates have to lie in S3. */
const LARGEST_BODY = 51_200;

/** How a template goes to CloudFormation: in the request, or as an object that the request names. */
type TemplateSource = { readonly TemplateBody: string } | { readonly TemplateURL: string };

/** Whether a template is too large for a request. */
export function goesThroughBucket(body: string): boolean {
  return Buffer.byteLength(body) > LARGEST_BODY;
}

/** Whether a change set is made of a template, and not of what somebody else has put into the bucket in its place. */
export async function isMadeOf({ client, signal }: StackAddress, { id }: ChangeSet, body: string): Promise<boolean> {
  const command = new GetTemplateCommand({ ChangeSetName: id, TemplateStage: 'Original' });
  const { TemplateBody } = await client.send(command, { abortSignal: signal });
  return TemplateBody === body || TemplateBody === asAscii(body);
}

/** GetTemplate answers with a question mark for whatever is not ASCII. */
function asAscii(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, '?');
}

/**
 * Uploads a template that is too large for a request. The object is named after what it holds, so nobody ever overwrites what
 * somebody else is deploying, and a repeated upload changes nothing.
 *
 * @throws PermanentError when it is too large and the playbook names no bucket
 */
export async function templateSource(deployment: StackDeployment, body: string): Promise<TemplateSource> {
  if (!goesThroughBucket(body)) return { TemplateBody: body };
  const { region, template, settings = {} } = deployment;
  const { templateBucket } = settings;
  if (templateBucket === undefined) {
    throw new PermanentError(
      `Template ${template.path} has ${Buffer.byteLength(body)} bytes; CloudFormation takes at most ${LARGEST_BODY} in a request. ` +
        'Split it, or name a bucket under "templateBucket" of the environment.',
    );
  }
  const key = `phasegate/templates/${sha256(body)}`;
  const s3 = await s3Beside(deployment.client, region);
  await upload(deployment, s3, { Bucket: templateBucket, Key: key }, body);
  // By path, since a bucket with a dot in its name has no certificate. Some partitions have a domain of their own.
  const { url } = s3.config.endpointProvider({ Region: region, Bucket: templateBucket, ForcePathStyle: true });
  return { TemplateURL: `${url.href}/${key}` };
}

interface Place {
  readonly Bucket: string;
  readonly Key: string;
}

async function upload({ region, signal }: StackDeployment, s3: S3Client, place: Place, body: string): Promise<void> {
  try {
    // S3 refuses what does not arrive as it was sent, and tells later what it holds.
    const ChecksumSHA256 = Buffer.from(sha256(body), 'hex').toString('base64');
    if ((await checksumOf(s3, place, signal)) === ChecksumSHA256) return;
    await s3.send(new PutObjectCommand({ ...place, Body: body, ChecksumSHA256 }), { abortSignal: signal });
  } catch (error) {
    signal.throwIfAborted();
    throw explainError(error, { subject: `s3://${place.Bucket}/${place.Key}`, service: `S3 in ${region}` });
  }
}

/** @returns SHA-256 in Base64 of the object that is there; nothing when there is none, or it was put there by other means */
async function checksumOf(s3: S3Client, place: Place, signal: AbortSignal): Promise<string | undefined> {
  try {
    const command = new HeadObjectCommand({ ...place, ChecksumMode: 'ENABLED' });
    return (await s3.send(command, { abortSignal: signal })).ChecksumSHA256;
  } catch (error) {
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    // Without the right to list the bucket, AWS says 403 of an object that is not there.
    if (status === 404 || status === 403) return undefined;
    // An answer to HEAD has no body that could say so.
    if (status === 301) {
      throw new PermanentError(`Bucket ${place.Bucket} lies in another region; name one of the stack's own region.`);
    }
    throw error;
  }
}

const clients = new WeakMap<CloudFormationClient, S3Client>();

/** A client of S3 with the credentials, and the endpoint if it is not AWS's own, of a client of CloudFormation. */
async function s3Beside(client: CloudFormationClient, region: string): Promise<S3Client> {
  const known = clients.get(client);
  if (known !== undefined) return known;
  const { credentials, endpoint } = client.config;
  const own = client.config.isCustomEndpoint === true ? await endpoint?.() : undefined;
  const s3 = new S3Client({
    region,
    credentials,
    // Other endpoints have no host names for buckets.
    ...(own === undefined ? {} : { endpoint: own, forcePathStyle: true }),
    ...((process.env['AWS_ENDPOINT_URL'] ?? '') === '' ? {} : { forcePathStyle: true }),
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
  });
  clients.set(client, s3);
  return s3;
}
