import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { sha256 } from '../plan/digest.ts';
import { cancelUpdate, createFails, deleteAgain, repeatCreate, updateWithoutChanges } from './canary-probes.ts';
import { canaryTemplate } from './canary-templates.ts';
import { cloudFormation, sharedClient } from './clients.ts';
import { deployStack } from './deploy-stack.ts';
import type { StackDeployment } from './deployment.ts';
import { AwsError, explainError } from './errors.ts';
import { tearDownStack } from './tear-down-stack.ts';

/** Something that deployments rely on, and what was seen of it. */
export interface CanaryFinding {
  readonly assumption: string;
  readonly seen: string;
  /** `differs from AWS`: not what AWS documents, and deployments can do without. */
  readonly verdict: 'ok' | 'differs from AWS' | 'failed';
}

/** What a probe saw. */
export type Seen = Omit<CanaryFinding, 'assumption'>;

/** What probes work with. */
export interface Canary {
  /** A deployment of the canary's stack, under an identity of its own. */
  deployment(template: string, stackName?: string): Promise<StackDeployment>;
}

/** Resources of the first template, and of the one whose update is cancelled. */
const SHORT = 1;
const LONG = 12;

/**
 * Tries out in a real account, or in an emulator, what deployments rely on: identity, permissions, and how CloudFormation answers.
 * Two stacks of free things are made, and deleted again whatever happens.
 *
 * @param onFinding told of each finding as it comes
 * @throws AwsError where AWS cannot be reached or does not take the credentials, so that nothing can be tried
 */
export async function runCanary(
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

/** Whose the credentials are: an ARN. */
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

/** With a signal of its own: whoever stops the canary wants nothing left behind. */
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
