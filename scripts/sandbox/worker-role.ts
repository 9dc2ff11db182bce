import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { readFile } from 'node:fs/promises';

const STACK = 'phasegate-worker';
/** The most that a role allows: the sandbox renews nothing. */
const SESSION_SECONDS = 43_200;

/**
 * Deploys the template of a worker's role, as an administrator does on AWS, and assumes the role.
 *
 * @param emulator address of an emulator that has no such stack yet
 * @param template path of a template whose output `WorkerRoleArn` is the role
 * @returns variables for a worker that acts in the role for twelve hours
 */
export async function workerCredentials(emulator: string, template: string): Promise<Record<string, string>> {
  const administrator = {
    ...{ endpoint: emulator, region: 'eu-west-1' },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const client = new CloudFormationClient(administrator);
  const TemplateBody = await readFile(template, 'utf8');
  await client.send(new CreateStackCommand({ StackName: STACK, TemplateBody, Capabilities: ['CAPABILITY_IAM'] }));
  const waiting = { client, maxWaitTime: 60, minDelay: 0.2, maxDelay: 1 };
  await waitUntilStackCreateComplete(waiting, { StackName: STACK });
  const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: STACK }));
  const RoleArn = stack?.Outputs?.find(({ OutputKey }) => OutputKey === 'WorkerRoleArn')?.OutputValue ?? '';
  const session = { RoleArn, RoleSessionName: 'worker', DurationSeconds: SESSION_SECONDS };
  const { Credentials } = await new STSClient(administrator).send(new AssumeRoleCommand(session));
  return {
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
    AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
  };
}
