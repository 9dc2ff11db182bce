import {
  type Capability,
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { join } from 'node:path';
import { sharedClient } from '../../../../src/aws/clients.ts';
import type { ActionOutcome, ActionProvider, ActionRun } from '../action.ts';
import type { StandInContext } from '../builds/open.ts';
import { writeZip } from '../builds/zips.ts';
import { placeOf } from '../builds/place.ts';
import { executeChangeSet, replaceChangeSet } from './change-set.ts';
import { ActionError, provider, setting } from './outcome.ts';
import { stackInputs, type StackInputs } from './stack-inputs.ts';
import { awaitOperation, begin, findStack, hasBegun, type StackAction } from './stack-wait.ts';
import { artifactStore } from './stored-artifact.ts';

/** The deploy action CloudFormation. */
export function cloudFormationProvider(context: StandInContext): ActionProvider {
  return provider({ category: 'Deploy', owner: 'AWS', provider: 'CloudFormation' }, async (run, tools) => {
    const stack: StackAction = {
      run,
      client: sharedClient(CloudFormationClient, placeOf(run)),
      stackName: setting(run, 'StackName'),
      signal: tools.signal,
      token: `codepipeline-${run.actionExecutionId}`,
    };
    const known = await findStack(stack);
    if (known?.StackId !== undefined) tools.started({ externalExecutionId: known.StackId });
    const inputs = () => stackInputs(run, artifactStore(context, run));
    const summary = await carryOut(stack, inputs);
    return outcomeOf(stack, summary);
  });
}

async function carryOut(stack: StackAction, inputs: () => Promise<StackInputs>): Promise<string> {
  const mode = setting(stack.run, 'ActionMode');
  switch (mode) {
    case 'CREATE_UPDATE':
    case 'REPLACE_ON_FAILURE':
      return createOrUpdate(stack, inputs, mode === 'REPLACE_ON_FAILURE');
    case 'CHANGE_SET_REPLACE':
      return replaceChangeSet(stack, await inputs(), stackSettings(stack.run));
    case 'CHANGE_SET_EXECUTE':
      return executeChangeSet(stack);
    case 'DELETE_ONLY':
      return deleteStack(stack);
    default:
      throw new ActionError(
        'ConfigurationError',
        `ActionMode ${mode} is not in the stand-in: it has CREATE_UPDATE, REPLACE_ON_FAILURE, CHANGE_SET_REPLACE, CHANGE_SET_EXECUTE and DELETE_ONLY`,
      );
  }
}

/** The members of requests that do not come from artifacts. */
export function stackSettings({ configuration, action }: ActionRun) {
  const { Capabilities = '', RoleArn } = configuration;
  const capabilities = Capabilities.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (capabilities.some((name) => !/^CAPABILITY_(IAM|NAMED_IAM|AUTO_EXPAND)$/.test(name))) {
    throw new ActionError('ConfigurationError', `Capabilities of action "${action}" are not known: ${Capabilities}`);
  }
  return {
    ...(capabilities.length === 0 ? {} : { Capabilities: capabilities as Capability[] }),
    ...(RoleArn === undefined ? {} : { RoleARN: RoleArn }),
  };
}

/** Statuses after which a stack can only be deleted. */
const beyondRepair = [
  'CREATE_FAILED',
  'ROLLBACK_COMPLETE',
  'ROLLBACK_FAILED',
  'DELETE_FAILED',
  'UPDATE_ROLLBACK_FAILED',
];

async function createOrUpdate(
  stack: StackAction,
  inputs: () => Promise<StackInputs>,
  replace: boolean,
): Promise<string> {
  const { client, stackName: StackName, signal, token, run } = stack;
  const creating = { ...stack, token: `${token}-create` };
  const updating = { ...stack, token: `${token}-update` };
  const send = { abortSignal: signal };
  const created = async () => {
    await awaitOperation(creating, creating.token, ['CREATE_COMPLETE']);
    return `Stack ${StackName} was created.`;
  };
  const updated = async () => {
    await awaitOperation(updating, updating.token, ['UPDATE_COMPLETE']);
    return `Stack ${StackName} was updated.`;
  };
  if (await hasBegun(creating)) return created();
  if (await hasBegun(updating)) return updated();

  const { template, parameters, tags } = await inputs();
  const request = {
    ...stackSettings(run),
    StackName,
    ...template,
    Parameters: [...parameters],
    ...(tags.length === 0 ? {} : { Tags: [...tags] }),
  };
  const known = await findStack(stack);
  const isBroken = beyondRepair.includes(known?.StackStatus ?? '');
  if (isBroken && replace) await deleteStack({ ...stack, token: `${token}-replace` });
  if (known === undefined || known.StackStatus === 'REVIEW_IN_PROGRESS' || (isBroken && replace)) {
    const command = new CreateStackCommand({ ...request, ClientRequestToken: creating.token });
    await begin(creating, () => client.send(command, send));
    return created();
  }
  if (isBroken) {
    throw new ActionError(
      'JobFailed',
      `Stack ${StackName} is in ${known.StackStatus ?? ''} and cannot be updated; delete it, or use ActionMode REPLACE_ON_FAILURE`,
    );
  }
  try {
    const command = new UpdateStackCommand({ ...request, ClientRequestToken: updating.token });
    await begin(updating, () => client.send(command, send));
  } catch (error) {
    if (error instanceof Error && /No updates are to be performed/.test(error.message)) {
      return `Stack ${StackName} needs no update.`;
    }
    throw error;
  }
  return updated();
}

async function deleteStack(stack: StackAction): Promise<string> {
  const { client, stackName, signal, token, run } = stack;
  const known = await findStack(stack);
  if (known === undefined) return `There is no stack ${stackName}.`;
  // By its id, a stack is found also after it has been deleted.
  const byId = { ...stack, stackName: known.StackId ?? stackName };
  if (!(await hasBegun(byId))) {
    const { RoleARN } = stackSettings(run);
    const request = {
      StackName: byId.stackName,
      ClientRequestToken: token,
      ...(RoleARN === undefined ? {} : { RoleARN }),
    };
    await begin(byId, () => client.send(new DeleteStackCommand(request), { abortSignal: signal }));
  }
  await awaitOperation(byId, token, ['DELETE_COMPLETE']);
  return `Stack ${stackName} was deleted.`;
}

/** The outputs of the stack become variables, and the file OutputFileName of the output artifact. */
async function outcomeOf(stack: StackAction, summary: string): Promise<ActionOutcome> {
  const { run } = stack;
  const known = await findStack(stack);
  const outputs = Object.fromEntries(
    (known?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
  const [output] = run.outputs;
  const artifacts: Record<string, string> = {};
  if (output !== undefined) {
    const zip = join(run.folder, 'outputs.zip');
    const path = setting(run, 'OutputFileName');
    await writeZip(zip, [{ path, content: { text: `${JSON.stringify(outputs, undefined, 2)}\n` } }]);
    artifacts[output.name] = zip;
  }
  return {
    status: 'Succeeded',
    summary,
    ...(known?.StackId === undefined ? {} : { externalExecutionId: known.StackId }),
    externalExecutionSummary: summary,
    variables: outputs,
    artifacts,
  };
}
