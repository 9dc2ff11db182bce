import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Stack } from '@aws-sdk/client-cloudformation';
import type { FoundStack } from './engine/find.ts';
import type { StackAddress } from '../../aws/clients.ts';
import type { CheckDefinition, CheckResult } from '../../contract/kinds.ts';
import { sha256 } from '../../base/digest.ts';
import { counted } from '../../base/text.ts';
import { keepBeating } from '../../contract/keep-beating.ts';
import { entryOf, knownStacks, placesOf, reportNoStacks, stacksByNow } from './places.ts';

/** `{check: stacks}` or `{check: {stacks: [network]}}`: stacks are completely deployed from the phase's templates, in each environment. */
export const stacksCheck: CheckDefinition<readonly string[] | undefined> = {
  kind: 'stacks',
  summary: "all stacks, or those listed, are completely deployed from the phase's templates in every environment",
  entry: z.array(z.string()).min(1, 'names of stacks').optional(),
  profile: 'wait',
  expand(names, context) {
    const wanted = names === undefined ? stacksByNow(context) : knownStacks(names, context);
    const places = wanted.flatMap((name) => placesOf(name, context));
    if (places.length === 0 && names === undefined) {
      reportNoStacks('check', context);
    }
    return {
      label: names === undefined ? 'all stacks' : wanted.join(', '),
      input: {
        stacks: places.map(({ stack, stackName, region, role }) => {
          const { template = '', digest = null } = entryOf(stack, context) ?? {};
          return { stackName, region, ...(role === undefined ? {} : { role }), template, digest };
        }),
      },
    };
  },
  async run(call, tools) {
    const { cloudFormation } = await import('../../aws/clients.ts');
    const { findStacks } = await import('./engine/find.ts');
    const { stacks } = checkInput.parse(call.input);
    const addresses = stacks.map(({ stackName, region, role }) => ({
      client: cloudFormation(region, role),
      region,
      stackName,
      signal: tools.signal,
    }));
    return keepBeating(tools, { stacks: stacks.length }, async () => {
      const found = await findStacks(addresses);
      return incomplete(found) ?? judgeTemplates(found, stacks, addresses, tools.phaseDir);
    });
  },
};

const checkInput = z.object({
  stacks: z.array(
    z.object({
      stackName: z.string(),
      region: z.string(),
      role: z.string().optional(),
      /** Path within the phase folder, and hex SHA-256 when the phase was compiled. */
      template: z.string(),
      digest: z.string().nullable(),
    }),
  ),
});

/** Number of stacks that a reason names, because boards show it. */
const NAMED = 5;

function incomplete(found: readonly FoundStack[]): CheckResult | undefined {
  const short = found.filter(({ isComplete }) => !isComplete);
  if (short.length === 0) return undefined;
  const named = short.map(({ stackName, status }) => `${stackName} ${inWords(status)}`);
  return { state: 'failed', reason: `${short.length} of ${found.length} stacks are not complete: ${someOf(named)}` };
}

async function judgeTemplates(
  found: readonly FoundStack[],
  stacks: z.output<typeof checkInput>['stacks'],
  addresses: readonly StackAddress[],
  phaseDir: string,
): Promise<CheckResult> {
  const { deployedFrom } = await import('./engine/deployed.ts');
  const { describeStack } = await import('./engine/stack.ts');
  const { templateOf } = await import('./engine/unchanged.ts');
  const { explained } = await import('../../aws/errors.ts');
  const { aFewAtATime } = await import('../../base/async.ts');
  // All requests are made at once, so that one listing answers them.
  const live = await Promise.all(addresses.map((address) => explained(address, () => describeStack(address))));
  const deployed = await aFewAtATime(addresses, async (address, index) => {
    const { template, digest } = stacks[index] ?? { template: '', digest: null };
    const stack = live[index];
    // An existing stack, which this phase does not deploy, has no template here.
    if (template === '') return { stackName: address.stackName, from: 'elsewhere' as const, sha256: '' };
    // The stack was deleted after it had been found.
    if (stack === undefined) return { stackName: address.stackName, from: 'other' as const, sha256: '' };
    const file = await readFile(join(phaseDir, template), 'utf8').catch(() => undefined);
    const body = await explained(address, () => templateOf(address, stack));
    return { stackName: address.stackName, ...deployedFrom(body, digest, file) };
  });
  const others = deployed.filter(({ from }) => from === 'other').map(({ stackName }) => stackName);
  if (others.length > 0) {
    const reason = `${others.length} of ${found.length} stacks are not deployed from the phase's templates: ${someOf(others)}`;
    return { state: 'failed', reason };
  }
  const mixed = [...new Set(stacks.map(({ template }) => template))].flatMap((template) => {
    const own = deployed.filter((_, index) => template !== '' && stacks[index]?.template === template);
    return new Set(own.map((one) => one.sha256)).size > 1 ? [{ template, own }] : [];
  });
  if (mixed.length > 0) {
    const named = mixed.map(({ template, own }) => `${template} (${someOf(own.map(versionInWords))})`);
    return {
      state: 'failed',
      reason: `stacks are deployed from different versions of ${named.join(', ')}; deploy the older ones again`,
    };
  }
  const changed = deployed.filter(({ from }) => from === 'changed').map(({ stackName }) => stackName);
  const since = changed.length === 0 ? '' : `; changed since the phase started: ${someOf(changed)}`;
  const parameters = live.map(parametersOf);
  // The evidence changes when a stack is deleted and created again, which gives it another id, and when its parameters change.
  const ids = found
    .map(({ stackId = '' }, index) => `${stackId} ${deployed[index]?.sha256 ?? ''} ${parameters[index] ?? ''}`)
    .sort();
  return {
    state: 'passed',
    reason: `${counted(found.length, 'stack')} ${found.length === 1 ? 'is' : 'are'} complete, from the phase's templates${since}`,
    evidence: [{ where: found.map(({ stackName }) => stackName).join(', '), sha256: sha256(ids.join('\n')) }],
  };
}

function parametersOf(stack: Stack | undefined): string {
  const { Parameters = [] } = stack ?? {};
  return Parameters.map(({ ParameterKey = '', ParameterValue = '' }) => `${ParameterKey}=${ParameterValue}`)
    .sort()
    .join(' ');
}

function versionInWords({
  stackName,
  sha256: digest,
}: {
  readonly stackName: string;
  readonly sha256: string;
}): string {
  return `${stackName} ${digest.slice(0, 7)}`;
}

function someOf(names: readonly string[]): string {
  const rest = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `${names.slice(0, NAMED).join(', ')}${rest}`;
}

function inWords(status: string | undefined): string {
  if (status === undefined) return 'does not exist';
  // The stack has its previous template again. A deployment of that template changes nothing, so the status would stay.
  const undone =
    status === 'UPDATE_ROLLBACK_COMPLETE' ? ' (its last update was rolled back; deploy a change, or waive)' : '';
  return `is ${status}${undone}`;
}
