import {
  ChangeSetNotFoundException,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DescribeChangeSetCommand,
  ExecuteChangeSetCommand,
  type Capability,
  type ChangeSetStatus,
  type ChangeSetType,
  type CreateChangeSetCommandInput,
  type ExecutionStatus,
  type Parameter,
} from '@aws-sdk/client-cloudformation';
import type { OperationNames, StackDeployment } from './deployment.ts';
import type { Pace } from './pace.ts';
import type { StackAddress } from './stack.ts';
import type { TemplateSource } from './template-bucket.ts';

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
