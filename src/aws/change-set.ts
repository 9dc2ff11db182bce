import {
  ChangeSetNotFoundException,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DescribeChangeSetCommand,
  ExecuteChangeSetCommand,
  type Capability,
  type ChangeSetStatus,
  type ChangeSetType,
  type ExecutionStatus,
} from '@aws-sdk/client-cloudformation';
import type { OperationNames } from './deployment.ts';
import type { StackAddress } from './stack.ts';

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
}

/** What a stack is to become. */
export interface StackContents {
  readonly templateBody: string;
  readonly parameters: { readonly [name: string]: string };
  readonly capabilities: readonly string[];
  readonly tags: { readonly [name: string]: string };
}

/**
 * Creates a change set; repeated with the same names and contents, AWS answers with the one that exists.
 *
 * @returns its id
 */
export async function createChangeSet(
  { client, stackName, signal }: StackAddress,
  type: ChangeSetType,
  names: OperationNames,
  contents: StackContents,
): Promise<string> {
  const command = new CreateChangeSetCommand({
    StackName: stackName,
    ChangeSetName: names.changeSet,
    ChangeSetType: type,
    ClientToken: names.createToken,
    Description: names.description,
    TemplateBody: contents.templateBody,
    Parameters: Object.entries(contents.parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    })),
    Capabilities: contents.capabilities.map((capability) => capability as Capability),
    Tags: Object.entries(contents.tags).map(([Key, Value]) => ({ Key, Value })),
  });
  const { Id = '' } = await client.send(command, { abortSignal: signal });
  return Id;
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
      found = {
        id: answer.ChangeSetId ?? '',
        stackId: answer.StackId ?? '',
        status: answer.Status,
        execution: answer.ExecutionStatus,
        reason: answer.StatusReason ?? '',
        changeCount: (found?.changeCount ?? 0) + (answer.Changes?.length ?? 0),
      };
      page = answer.NextToken === '' ? undefined : answer.NextToken;
    } while (page !== undefined);
    return found;
  } catch (error) {
    if (error instanceof ChangeSetNotFoundException) return undefined;
    throw error;
  }
}

/** Starts the change that a change set describes. Events of the operation carry `names.executeToken`. */
export async function executeChangeSet(
  { client, signal }: StackAddress,
  changeSet: ChangeSet,
  names: OperationNames,
): Promise<void> {
  const command = new ExecuteChangeSetCommand({
    ChangeSetName: changeSet.id,
    ClientRequestToken: names.executeToken,
    // A create that rolls back leaves nothing behind that the next try would collide with.
    RetainExceptOnCreate: true,
  });
  await client.send(command, { abortSignal: signal });
}

/** Deletes a change set that has not been executed; a stack takes only so many. */
export async function deleteChangeSet({ client, signal }: StackAddress, changeSet: ChangeSet): Promise<void> {
  await client.send(new DeleteChangeSetCommand({ ChangeSetName: changeSet.id }), { abortSignal: signal });
}

/** Whether AWS is still working out what would change. */
export function isPending({ status }: ChangeSet): boolean {
  return status === 'CREATE_PENDING' || status === 'CREATE_IN_PROGRESS';
}

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
