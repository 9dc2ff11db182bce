import {
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DescribeChangeSetCommand,
  type DescribeChangeSetCommandOutput,
  ExecuteChangeSetCommand,
} from '@aws-sdk/client-cloudformation';
import { setTimeout as delay } from 'node:timers/promises';
import { ActionError, setting } from './outcome.ts';
import type { StackInputs } from './stack-inputs.ts';
import { awaitOperation, begin, findStack, hasBegun, type StackAction } from './stack-wait.ts';

const POLL_MS = 300;

/** Creates the change set of an action. One with the same name that another action run has made is deleted first. */
export async function replaceChangeSet(stack: StackAction, inputs: StackInputs, settings: object): Promise<string> {
  const { client, stackName: StackName, signal, token, run } = stack;
  const ChangeSetName = setting(run, 'ChangeSetName');
  const send = { abortSignal: signal };
  // The service does not tell the token of a change set, so its description is our mark.
  const Description = `CodePipeline ${run.pipeline}, ${token}`;
  const known = await find(stack, ChangeSetName);
  if (known?.Description !== Description) {
    if (known !== undefined) await client.send(new DeleteChangeSetCommand({ StackName, ChangeSetName }), send);
    const status = (await findStack(stack))?.StackStatus;
    const isNew = status === undefined || status === 'REVIEW_IN_PROGRESS';
    await client.send(
      new CreateChangeSetCommand({
        ...settings,
        StackName,
        ChangeSetName,
        ChangeSetType: isNew ? 'CREATE' : 'UPDATE',
        ClientToken: token,
        Description,
        ...inputs.template,
        Parameters: [...inputs.parameters],
        ...(inputs.tags.length === 0 ? {} : { Tags: [...inputs.tags] }),
      }),
      send,
    );
  }
  for (;;) {
    const set = await find(stack, ChangeSetName);
    if (set === undefined)
      throw new ActionError('JobFailed', `change set ${ChangeSetName} of stack ${StackName} was deleted`);
    if (set.Status === 'CREATE_COMPLETE') return `Change set ${ChangeSetName} was created.`;
    if (isEmpty(set)) return `Change set ${ChangeSetName} has no changes.`;
    if (set.Status === 'FAILED') {
      throw new ActionError(
        'JobFailed',
        `change set ${ChangeSetName} of stack ${StackName} failed: ${set.StatusReason ?? ''}`,
      );
    }
    await delay(POLL_MS, undefined, { signal });
  }
}

/** Executes a change set, and waits for the end of the operation. One without changes is a success, as on AWS. */
export async function executeChangeSet(stack: StackAction): Promise<string> {
  const { client, stackName: StackName, signal, token, run } = stack;
  const ChangeSetName = setting(run, 'ChangeSetName');
  if (!(await hasBegun(stack))) {
    const set = await find(stack, ChangeSetName);
    if (set === undefined) throw new ActionError('JobFailed', `stack ${StackName} has no change set ${ChangeSetName}`);
    if (isEmpty(set)) return `Change set ${ChangeSetName} has no changes.`;
    const request = { StackName, ChangeSetName, ClientRequestToken: token };
    await begin(stack, () => client.send(new ExecuteChangeSetCommand(request), { abortSignal: signal }));
  }
  await awaitOperation(stack, token, ['CREATE_COMPLETE', 'UPDATE_COMPLETE']);
  return `Change set ${ChangeSetName} was executed.`;
}

function isEmpty({ Status, StatusReason = '' }: DescribeChangeSetCommandOutput): boolean {
  return Status === 'FAILED' && /didn't contain changes|No updates are to be performed/.test(StatusReason);
}

async function find(stack: StackAction, ChangeSetName: string): Promise<DescribeChangeSetCommandOutput | undefined> {
  const { client, stackName: StackName, signal } = stack;
  try {
    return await client.send(new DescribeChangeSetCommand({ StackName, ChangeSetName }), { abortSignal: signal });
  } catch (error) {
    if (error instanceof Error && (/does not exist/.test(error.message) || error.name === 'ChangeSetNotFound'))
      return undefined;
    throw error;
  }
}
