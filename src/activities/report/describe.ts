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

/** What an environment is made of, as AWS has it now. */
export interface DescribedEnvironment {
  readonly name: string;
  readonly region: string;
  readonly account: string;
  /** Who has answered, where that is not AWS: the endpoint that the SDK was given. */
  readonly endpoint?: string;
  readonly stacks: readonly DescribedStack[];
  /** Sorted by stack and logical id. */
  readonly resources: readonly LiveResource[];
}

export interface DescribedStack {
  readonly stack: string;
  readonly stackName: string;
  /** `missing` where there is none. */
  readonly status: string;
  /** Whether its last operation has put in place what was asked for. */
  readonly isComplete: boolean;
  /** Hex SHA-256 of the template that it was deployed from. */
  readonly template: string;
  readonly parameters: Values;
  readonly outputs: Values;
  readonly tags: Values;
}

type Values = { readonly [name: string]: string };

/** Reads what an environment is made of. The same state of AWS gives the same description: no times are in it. */
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
    // AWS gives asterisks for parameters that are declared NoEcho.
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

/** What all environments are made of now, and a digest that is another one as soon as anything of it is. */
export async function describeAll(
  places: z.output<typeof scopeInput>['places'],
  signal: AbortSignal,
): Promise<{ readonly environments: readonly DescribedEnvironment[]; readonly digest: string }> {
  const environments = await Promise.all(environmentsOf(places, signal).map(describeEnvironment));
  return { environments, digest: digestOf(environments) };
}
