/**
 * A simple deployer: it creates or updates each stack with the SDK once the stacks that it needs are complete, and waits with the SDK's
 * waiters. Arguments: FILE POLL, a JSON list of stacks and the interval of a waiter's polls in seconds.
 */
import {
  CloudFormationClient,
  CreateStackCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackUpdateComplete,
  type Capability,
} from '@aws-sdk/client-cloudformation';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { benchStack, type BenchStack } from './stacks.ts';

const [file = '', poll = ''] = process.argv.slice(2);
const stacks = z.array(benchStack).parse(JSON.parse(await readFile(file, 'utf8')));
const client = new CloudFormationClient({ region: stacks[0]?.region ?? '' });
const waiting = { client, maxWaitTime: 3600, minDelay: Number(poll), maxDelay: Number(poll) };
const started = new Map<string, Promise<void>>();

function deploy(stack: BenchStack): Promise<void> {
  const running = started.get(stack.stackName) ?? afterNeeds(stack);
  started.set(stack.stackName, running);
  return running;
}

async function afterNeeds(stack: BenchStack): Promise<void> {
  await Promise.all(stacks.filter(({ stackName }) => stack.needs.includes(stackName)).map(deploy));
  await createOrUpdate(stack);
  console.log(`done ${stack.stackName}`);
}

async function createOrUpdate({ stackName, template, parameters, capabilities }: BenchStack): Promise<void> {
  const request = {
    StackName: stackName,
    TemplateBody: template,
    Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
    Capabilities: capabilities as Capability[],
  };
  try {
    await client.send(new CreateStackCommand(request));
    await waitUntilStackCreateComplete(waiting, { StackName: stackName });
    return;
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AlreadyExistsException')) throw error;
  }
  try {
    await client.send(new UpdateStackCommand(request));
    await waitUntilStackUpdateComplete(waiting, { StackName: stackName });
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('No updates are to be performed'))) throw error;
  }
}

await Promise.all(stacks.map(deploy));
