import type { Stack } from '@aws-sdk/client-cloudformation';
import type { z } from 'zod';
import { accountOf, otherEndpoint } from '../../aws/clients.ts';
import { explainError } from '../../aws/errors.ts';
import { aFewAtATime } from '../../base/async.ts';
import { digestOf, sha256 } from '../../base/digest.ts';
import { environmentsOf, type scopeInput } from '../live/check.ts';
import { addressIn, describeStacks, type Environment, type LiveResource, readLive } from '../live/environment.ts';
import { outputsOf } from '../stacks/engine/stack.ts';
import { templateOf } from '../stacks/engine/unchanged.ts';
import { StackState } from '../stacks/engine/status.ts';

/** The current state of an environment on AWS. */
export interface DescribedEnvironment {
  readonly name: string;
  readonly region: string;
  readonly account: string;
  /** The endpoint that has answered, if it is not AWS. */
  readonly endpoint?: string;
  readonly stacks: readonly DescribedStack[];
  /** Sorted by stack and logical id. */
  readonly resources: readonly LiveResource[];
}

export interface DescribedStack {
  readonly stack: string;
  readonly stackName: string;
  /** Status of the stack, or `missing`. */
  readonly status: string;
  /** True when its last operation has succeeded. */
  readonly isComplete: boolean;
  /** Hex SHA-256 of the template that it was deployed from. */
  readonly template: string;
  readonly parameters: Values;
  readonly outputs: Values;
  readonly tags: Values;
}

type Values = { readonly [name: string]: string };

/** Describes an environment. The description contains no times, so the same state gives the same description. */
async function describeEnvironment(environment: Environment): Promise<DescribedEnvironment> {
  const { name, region, signal } = environment;
  try {
    const account = await accountOf(environment);
    const described = await describeStacks(environment);
    const stacks = await aFewAtATime(environment.stacks, (stack, index) =>
      describe(environment, stack, described[index]),
    );
    const { live } = await readLive(environment);
    const key = ({ stack, logicalId }: LiveResource) => `${stack} ${logicalId}`;
    const resources = [...live.resources].sort((one, other) => (key(one) < key(other) ? -1 : 1));
    const endpoint = otherEndpoint();
    return { name, region, account, ...(endpoint === undefined ? {} : { endpoint }), stacks, resources };
  } catch (error) {
    signal.throwIfAborted();
    throw explainError(error, { subject: `Environment ${name}`, service: `AWS in ${region}` });
  }
}

async function describe(
  environment: Environment,
  { stack, stackName }: Environment['stacks'][number],
  found: Stack | undefined,
): Promise<DescribedStack> {
  if (found === undefined) {
    return {
      stack,
      stackName,
      status: 'missing',
      isComplete: false,
      template: '',
      parameters: {},
      outputs: {},
      tags: {},
    };
  }
  const { Parameters = [], Tags = [] } = found;
  return {
    stack,
    stackName,
    status: found.StackStatus ?? '',
    isComplete: StackState.of(found.StackStatus).isComplete,
    template: sha256(await templateOf(addressIn(environment, ''), found)),
    // For NoEcho parameters AWS returns asterisks.
    parameters: Object.fromEntries(
      Parameters.map(({ ParameterKey = '', ParameterValue = '', ResolvedValue }) => [
        ParameterKey,
        ResolvedValue ?? ParameterValue,
      ]),
    ),
    outputs: outputsOf(found),
    tags: Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value])),
  };
}

/** Describes all environments. The digest changes whenever the description changes. */
export async function describeAll(
  places: z.output<typeof scopeInput>['places'],
  signal: AbortSignal,
): Promise<{ readonly environments: readonly DescribedEnvironment[]; readonly digest: string }> {
  const environments = await Promise.all(environmentsOf(places, signal).map(describeEnvironment));
  return { environments, digest: digestOf(environments) };
}
