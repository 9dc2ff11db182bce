import type { z } from 'zod';
import type { DescribedEnvironment } from '../aws/describe-environment.ts';
import { digestOf } from '../gates/chain.ts';
import { environmentsOf, type scopeInput } from './live-scope.ts';

/** What all environments are made of now, and a digest that is another one as soon as anything of it is. */
export async function describeAll(
  places: z.output<typeof scopeInput>['places'],
  signal: AbortSignal,
): Promise<{ readonly environments: readonly DescribedEnvironment[]; readonly digest: string }> {
  const { describeEnvironment } = await import('../aws/describe-environment.ts');
  const environments = [];
  for (const environment of environmentsOf(places, signal)) environments.push(await describeEnvironment(environment));
  return { environments, digest: digestOf(environments) };
}
