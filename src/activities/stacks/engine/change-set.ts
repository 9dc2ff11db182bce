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
import { bucketsByPath, type StackAddress } from '../../../aws/clients.ts';
import { explainError } from '../../../aws/errors.ts';
import { sha256 } from '../../../base/digest.ts';
import { PermanentError } from '../../../base/errors.ts';
import type { OperationNames, StackDeployment } from './deployment.ts';
import type { Pace } from './pace.ts';

/** A change set, before or after its execution. */
export interface ChangeSet {
  readonly id: string;
  readonly stackId: string;
  readonly status: ChangeSetStatus | undefined;
  /** State of its execution. */
  readonly execution: ExecutionStatus | undefined;
  readonly reason: string;
  /** Number of resources that it adds, changes, removes or imports. */
  readonly changeCount: number;
  /** True when it has change sets of nested stacks below it. */
  readonly hasNested: boolean;
  /** Time of its creation in milliseconds, by AWS's clock. All events of its execution are later. */
  readonly created: number;
}

/** Contents of a change set that the deployment alone does not determine. */
export interface ChangeSetContents {
  readonly type: ChangeSetType;
  /** Client token; see `OperationNames.create`. */
  readonly token: string;
  readonly source: TemplateSource;
  readonly parameters: readonly Parameter[];
  readonly includeNested: boolean;
}

/**
 * Creates a change set. If the request is repeated with the same names and contents, AWS returns the existing one.
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
 * Finds a change set by name or id. On AWS, an executed change set can be found only by its id.
 *
 * @returns `undefined` when there is none
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

/** Executes a change set. Events of the operation carry the token `names.execute`. */
export async function executeChangeSet(
  { client, signal }: StackAddress,
  changeSet: ChangeSet,
  names: OperationNames,
): Promise<void> {
  const command = new ExecuteChangeSetCommand({
    ChangeSetName: changeSet.id,
    ClientRequestToken: names.execute,
    // When a creation is rolled back, no resource remains that the next deployment would collide with.
    RetainExceptOnCreate: true,
  });
  await client.send(command, { abortSignal: signal });
}

/** Deletes a change set that has not been executed. CloudFormation limits the number of change sets of a stack. */
export async function deleteChangeSet({ client, signal }: StackAddress, changeSet: ChangeSet): Promise<void> {
  await client.send(new DeleteChangeSetCommand({ ChangeSetName: changeSet.id }), { abortSignal: signal });
}

/**
 * Waits until AWS has finished creating a change set. Until then it can be neither executed nor deleted.
 *
 * @returns `undefined` when it no longer exists
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

/** Statuses of a change set that is being created or deleted. */
const moving: ReadonlySet<ChangeSetStatus> = new Set([
  'CREATE_PENDING',
  'CREATE_IN_PROGRESS',
  'DELETE_PENDING',
  'DELETE_IN_PROGRESS',
]);

/** True when the execution of a change set has started or ended. */
export function isExecuted({ execution }: ChangeSet): boolean {
  return execution === 'EXECUTE_IN_PROGRESS' || execution === 'EXECUTE_COMPLETE' || execution === 'EXECUTE_FAILED';
}

/**
 * True when the stack needs no change. AWS reports this as a failure, and only its text tells: the first one comes from CloudFormation
 * itself, the second one from a transform. The number of changes does not tell: a change set that changes only outputs has none.
 */
export function isWithoutChanges({ status, reason }: ChangeSet): boolean {
  return (
    status === 'FAILED' &&
    (reason.startsWith("The submitted information didn't contain changes.") ||
      reason.startsWith('No updates are to be performed.'))
  );
}

/** Largest template in a request, in bytes of UTF-8. A larger one must be in S3. */
const LARGEST_BODY = 51_200;

/** A template for CloudFormation: in the request, or as the URL of an object in S3. */
type TemplateSource = { readonly TemplateBody: string } | { readonly TemplateURL: string };

/** True when a template is too large for a request. */
export function goesThroughBucket(body: string): boolean {
  return Buffer.byteLength(body) > LARGEST_BODY;
}

/** True when a change set was made from a template, and not from another object that has replaced it in the bucket. */
export async function isMadeOf({ client, signal }: StackAddress, { id }: ChangeSet, body: string): Promise<boolean> {
  const command = new GetTemplateCommand({ ChangeSetName: id, TemplateStage: 'Original' });
  const { TemplateBody } = await client.send(command, { abortSignal: signal });
  return TemplateBody === body || TemplateBody === asAscii(body);
}

/** GetTemplate returns a question mark for every character that is not ASCII. */
function asAscii(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, '?');
}

/**
 * Uploads a template that is too large for a request. The object is named after its content, so an upload never overwrites the template
 * of another deployment, and a repeated upload changes nothing.
 *
 * @throws PermanentError when the template is too large and the playbook names no bucket
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
  // The path style is needed because no certificate matches the host name of a bucket with a dot. The SDK knows the domains of partitions.
  const { url } = s3.config.endpointProvider({ Region: region, Bucket: templateBucket, ForcePathStyle: true });
  return { TemplateURL: `${url.href}/${key}` };
}

interface Place {
  readonly Bucket: string;
  readonly Key: string;
}

async function upload({ region, signal }: StackDeployment, s3: S3Client, place: Place, body: string): Promise<void> {
  try {
    // With a checksum, S3 refuses a damaged upload, and returns the checksum of an existing object.
    const ChecksumSHA256 = Buffer.from(sha256(body), 'hex').toString('base64');
    if ((await checksumOf(s3, place, signal)) === ChecksumSHA256) return;
    await s3.send(new PutObjectCommand({ ...place, Body: body, ChecksumSHA256 }), { abortSignal: signal });
  } catch (error) {
    signal.throwIfAborted();
    throw explainError(error, { subject: `s3://${place.Bucket}/${place.Key}`, service: `S3 in ${region}` });
  }
}

/** @returns SHA-256 of the object in Base64; `undefined` when there is no object, or it was uploaded without a checksum */
async function checksumOf(s3: S3Client, place: Place, signal: AbortSignal): Promise<string | undefined> {
  try {
    const command = new HeadObjectCommand({ ...place, ChecksumMode: 'ENABLED' });
    return (await s3.send(command, { abortSignal: signal })).ChecksumSHA256;
  } catch (error) {
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    // Without permission to list the bucket, AWS returns 403 for an object that does not exist.
    if (status === 404 || status === 403) return undefined;
    // The response to HEAD has no body with an error message.
    if (status === 301) {
      throw new PermanentError(`Bucket ${place.Bucket} lies in another region; name a bucket in the stack's region.`);
    }
    throw error;
  }
}

const clients = new WeakMap<CloudFormationClient, S3Client>();

/** An S3 client with the credentials of a CloudFormation client, and with its endpoint if it is a custom one. */
async function s3Beside(client: CloudFormationClient, region: string): Promise<S3Client> {
  const known = clients.get(client);
  if (known !== undefined) return known;
  const { credentials, endpoint } = client.config;
  const own = client.config.isCustomEndpoint === true ? await endpoint?.() : undefined;
  const s3 = new S3Client({
    region,
    credentials,
    ...(own === undefined ? {} : { endpoint: own }),
    forcePathStyle: own !== undefined || bucketsByPath(),
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
  });
  clients.set(client, s3);
  return s3;
}
