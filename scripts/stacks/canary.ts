import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createChangeSet,
  executeChangeSet,
  findChangeSet,
  isWithoutChanges,
} from '../../src/activities/stacks/engine/change-set.ts';
import { deleteStack, tearDownStack, withdrawChangeSet } from '../../src/activities/stacks/engine/delete.ts';
import { deployStack } from '../../src/activities/stacks/engine/deploy.ts';
import { OperationNames, type StackDeployment } from '../../src/activities/stacks/engine/deployment.ts';
import { howToMend } from '../../src/activities/stacks/engine/follow.ts';
import { Pace } from '../../src/activities/stacks/engine/pace.ts';
import { loadTemplate, prepareChangeSet } from '../../src/activities/stacks/engine/prepare.ts';
import { settleStack } from '../../src/activities/stacks/engine/settle.ts';
import { describeStack } from '../../src/activities/stacks/engine/stack.ts';
import { StackState } from '../../src/activities/stacks/engine/status.ts';
import { cloudFormation, sharedClient } from '../../src/aws/clients.ts';
import { AwsError, explainError } from '../../src/aws/errors.ts';
import { sha256 } from '../../src/base/digest.ts';
import { say } from '../command-line.ts';
import { table } from '../plan/table.ts';
import type { Terminal } from '../plan/terminal.ts';
import { type CanaryFinding, conclusion } from './canary-finding.ts';

/**
 * Prints the assumptions and the answers that were seen; progress goes to standard error.
 *
 * @returns the exit code: 0 unless something failed
 */
export async function canary(region: string, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const endpoint = process.env['AWS_ENDPOINT_URL'] ?? '';
  const heading = `${region}${endpoint === '' ? '' : ` at ${endpoint}, in place of AWS`}: two small stacks, deleted afterwards …`;
  let told = 0;
  const findings = await runCanary(region, signal, ({ assumption, seen, verdict }) => {
    // The heading waits for the first finding: where AWS cannot be reached, there is none.
    if (told === 0) say(heading);
    told += 1;
    say(`${assumption}: ${verdict}${verdict === 'failed' ? `: ${seen}` : ''}`);
  });
  const rows = findings.map(({ assumption, seen, verdict }) => [assumption, seen.replace(/\s+/g, ' '), verdict]);
  console.log(table(['Assumption', 'Seen', ''], rows, terminal));
  console.log(`\n${conclusion(findings, endpoint !== '')}`);
  return findings.some(({ verdict }) => verdict === 'failed') ? 1 : 0;
}

const TEN_MINUTES = 10 * 60 * 1000;

/** AWS answers a repetition with the change set that exists. An error "exists already" is understood as well. */
async function repeatCreate(canary: Canary): Promise<Seen> {
  const deployment = await canary.deployment(canaryTemplate('zero', 1));
  const names = new OperationNames(deployment);
  const { body } = await loadTemplate(deployment);
  const contents = {
    type: 'CREATE' as const,
    token: names.create(undefined),
    source: { TemplateBody: body },
    parameters: [],
    includeNested: false,
  };
  const first = await createChangeSet(deployment, names, contents);
  const second = await createChangeSet(deployment, names, contents).catch((error: unknown) => error as Error);
  await takeBack(deployment, names);
  if (second === first) return { seen: 'the same id', verdict: 'ok' };
  if (typeof second === 'string') return { seen: 'another id', verdict: 'failed' };
  return { seen: second.name, verdict: second.name.startsWith('AlreadyExists') ? 'differs from AWS' : 'failed' };
}

/** Creates an empty change set: its reason must hold the words by which it is told from a failed one. */
async function updateWithoutChanges(canary: Canary, template: string): Promise<Seen> {
  const deployment = await canary.deployment(template);
  const names = new OperationNames(deployment);
  const stack = await describeStack(deployment);
  const changeSet = await prepareChangeSet(
    deployment,
    names,
    paceOf(deployment),
    await loadTemplate(deployment),
    stack,
  );
  await takeBack(deployment, names);
  if (changeSet === undefined) return { seen: 'another deployment is at work on the stack', verdict: 'failed' };
  const { status = 'no status', reason } = changeSet;
  return { seen: `${status}: ${reason}`, verdict: isWithoutChanges(changeSet) ? 'ok' : 'failed' };
}

/** Cancels an update as the engine does, as soon as it has begun. */
async function cancelUpdate(canary: Canary, template: string): Promise<Seen> {
  const deployment = await canary.deployment(template);
  const names = new OperationNames(deployment);
  const pace = paceOf(deployment);
  const stack = await describeStack(deployment);
  const changeSet = await prepareChangeSet(deployment, names, pace, await loadTemplate(deployment), stack);
  if (changeSet === undefined) return { seen: 'another deployment is at work on the stack', verdict: 'failed' };
  await executeChangeSet(deployment, changeSet, names);
  const settled = await settleStack(deployment);
  const status = (await describeStack(deployment))?.StackStatus ?? 'gone';
  return { seen: `${status} (${settled})`, verdict: status === 'UPDATE_ROLLBACK_COMPLETE' ? 'ok' : 'failed' };
}

/** Uses the engine's own words, which a person would read. */
async function createFails(canary: Canary, stackName: string): Promise<Seen> {
  const template = failingTemplate(`${stackName}-nobody`);
  const deployment = { ...(await canary.deployment(template, stackName)), capabilities: ['CAPABILITY_IAM'] };
  try {
    await deployStack(deployment);
    return { seen: 'it was created', verdict: 'failed' };
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    // The canary does itself what an operator would have to do next.
    const seen = told.replace(howToMend(StackState.of('ROLLBACK_COMPLETE'), deployment), '').trimEnd();
    return { seen, verdict: seen.includes(`AWS::IAM::Policy ${BROKEN}: `) ? 'ok' : 'failed' };
  }
}

/** Asks twice with one token, as after a lost answer. */
async function deleteAgain(canary: Canary, stackName: string): Promise<Seen> {
  const deployment = await canary.deployment(canaryTemplate('one', 1));
  const stackId = (await describeStack(deployment))?.StackId;
  if (stackId === undefined) return { seen: `there is no stack ${stackName}`, verdict: 'failed' };
  const token = new OperationNames(deployment).delete;
  const failures = [
    await deleteStack(deployment, stackId, token, paceOf(deployment)),
    await deleteStack(deployment, stackId, token, paceOf(deployment)),
  ].filter((failure) => failure !== undefined);
  const status = (await describeStack(deployment, stackId))?.StackStatus ?? 'nothing under its id';
  const isGone = (await describeStack(deployment)) === undefined && failures.length === 0;
  if (!isGone) return { seen: failures.join('; ') || status, verdict: 'failed' };
  return { seen: status, verdict: status === 'DELETE_COMPLETE' ? 'ok' : 'differs from AWS' };
}

async function takeBack(deployment: StackDeployment, names: OperationNames): Promise<void> {
  const changeSet = await findChangeSet(deployment, names.changeSet);
  if (changeSet === undefined) return;
  const pace = paceOf(deployment);
  await withdrawChangeSet(deployment, changeSet, names.settle, pace);
  while ((await describeStack(deployment, changeSet.stackId))?.StackStatus === 'DELETE_IN_PROGRESS') await pace.pause();
}

function paceOf(deployment: StackDeployment): Pace {
  return new Pace(deployment, Date.now() + TEN_MINUTES);
}

/** A template of free resources, one after the other so that an update takes long enough to be cancelled. */
function canaryTemplate(value: string, length: number): string {
  const links = Array.from({ length }, (_, index): [string, object] => [
    `Link${index + 1}`,
    {
      Type: 'AWS::SSM::Parameter',
      ...(index === 0 ? {} : { DependsOn: `Link${index}` }),
      Properties: { Type: 'String', Value: `${value} ${index + 1}` },
    },
  ]);
  return JSON.stringify({ Resources: Object.fromEntries(links), Outputs: { First: { Value: { Ref: 'Link1' } } } });
}

/** The resource of `failingTemplate` that cannot be created. */
const BROKEN = 'Broken';

/** Fails on its second resource, after the first was created: a policy cannot be put on a role that does not exist. */
function failingTemplate(role: string): string {
  const Statement = [{ Effect: 'Deny', Action: '*', Resource: '*' }];
  return JSON.stringify({
    Resources: {
      Fine: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: 'fine' } },
      [BROKEN]: {
        Type: 'AWS::IAM::Policy',
        DependsOn: 'Fine',
        Properties: { PolicyName: role, Roles: [role], PolicyDocument: { Version: '2012-10-17', Statement } },
      },
    },
  });
}

/** The result of a probe. */
type Seen = Omit<CanaryFinding, 'assumption'>;

/** The tools of the probes. */
interface Canary {
  /** A deployment of the canary's stack, under an identity of its own. */
  deployment(template: string, stackName?: string): Promise<StackDeployment>;
}

/** Number of resources of the first template, and of the template whose update is cancelled. */
const SHORT = 1;
const LONG = 12;

/**
 * Tries out in a real account, or in an emulator, what deployments rely on: identity, permissions, and CloudFormation's answers.
 * Creates two stacks of free resources, and deletes them whatever happens.
 *
 * @param onFinding called with each finding as it comes
 * @throws AwsError where AWS cannot be reached or does not take the credentials, so that nothing can be tried
 */
async function runCanary(
  region: string,
  signal: AbortSignal,
  onFinding: (finding: CanaryFinding) => void,
): Promise<readonly CanaryFinding[]> {
  const caller = await callerIn(region, signal);
  const folder = await mkdtemp(join(tmpdir(), 'phasegate-canary-'));
  const name = `phasegate-canary-${randomUUID().slice(0, 8)}`;
  const findings: CanaryFinding[] = [];
  const client = cloudFormation(region);
  const probe = async (assumption: string, look: () => Promise<Seen>) => {
    signal.throwIfAborted();
    const seen = await look().catch((error: unknown): Seen => {
      signal.throwIfAborted();
      const told = explainError(error, { subject: name, service: `AWS in ${region}` });
      return { seen: told instanceof Error ? told.message : String(told), verdict: 'failed' };
    });
    findings.push({ assumption, ...seen });
    onFinding({ assumption, ...seen });
  };
  const deployment = async (template: string, stackName = name): Promise<StackDeployment> => {
    const path = `${sha256(template)}.json`;
    await writeFile(join(folder, path), template);
    return {
      client,
      region,
      stackName,
      signal,
      identity: randomUUID(),
      template: { folder, path, digest: sha256(template) },
      parameters: {},
      capabilities: [],
      tags: {},
      protected: false,
    };
  };
  const deploy = async (template: string, outcome: string): Promise<Seen> => {
    const done = await deployStack(await deployment(template));
    return { seen: done.outcome, verdict: done.outcome === outcome ? 'ok' : 'failed' };
  };
  try {
    await probe('the credentials are somebody', () => Promise.resolve({ seen: caller, verdict: 'ok' }));
    const canary: Canary = { deployment };
    await probe('a repeated CreateChangeSet is the same one', () => repeatCreate(canary));
    await probe('a stack is created, and its events carry our token', () =>
      deploy(canaryTemplate('one', SHORT), 'created'),
    );
    await probe('an update without changes says so', () => updateWithoutChanges(canary, canaryTemplate('one', SHORT)));
    await probe('a stack is updated', () => deploy(canaryTemplate('two', SHORT), 'updated'));
    await probe('a cancelled update rolls back', () => cancelUpdate(canary, canaryTemplate('three', LONG)));
    await probe('the root cause of a failed create is found', () => createFails(canary, `${name}-fails`));
    await probe('a deletion is found by its token, and its end by the id', () => deleteAgain(canary, name));
  } finally {
    await rm(folder, { recursive: true, force: true });
    await cleanUp(client, region, [name, `${name}-fails`]);
  }
  return findings;
}

/** ARN of the identity that the credentials belong to. */
async function callerIn(region: string, signal: AbortSignal): Promise<string> {
  const client = sharedClient(STSClient, { region });
  try {
    const { Arn = '' } = await client.send(new GetCallerIdentityCommand({}), { abortSignal: signal });
    return Arn;
  } catch (error) {
    signal.throwIfAborted();
    throw explainError(error, { subject: 'The canary', service: `AWS in ${region}` });
  }
}

/** Deletes the stacks. It has a signal of its own, because a canary that is stopped must leave nothing behind. */
async function cleanUp(client: StackDeployment['client'], region: string, names: readonly string[]): Promise<void> {
  const signal = AbortSignal.timeout(10 * 60 * 1000);
  const ended = await Promise.allSettled(
    names.map((stackName) =>
      tearDownStack({ client, region, stackName, signal, identity: randomUUID(), protected: false }),
    ),
  );
  const left = ended.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
  if (left.length > 0) throw new AwsError(`The canary could not delete everything: ${left.join('; ')}`);
}
