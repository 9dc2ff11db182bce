import { z } from 'zod';
import type { FoundStack } from '../aws/find-stacks.ts';
import type { CheckDefinition, CheckResult } from './define.ts';
import { sha256 } from '../plan/digest.ts';
import { keepBeating } from './keep-beating.ts';
import { knownStacks, placesOf } from './stack-drafts.ts';

/** `{check: stacks}` or `{check: {stacks: [network]}}`: they exist, completely deployed, in every environment. */
export const stacksCheck: CheckDefinition<readonly string[] | undefined> = {
  kind: 'stacks',
  summary: 'all stacks, or those listed, are completely deployed in every environment',
  entry: z.array(z.string()).min(1, 'names of stacks').optional(),
  profile: 'work',
  expand(names, context) {
    const wanted = names === undefined ? [...context.stackOrder] : knownStacks(names, context);
    const places = wanted.flatMap((name) => placesOf(name, context));
    if (places.length === 0 && names === undefined) {
      context.problem('the playbook deploys no stacks, so there is nothing to check', {
        suggestion: 'Add "stacks:" and "environments:".',
      });
    }
    return {
      label: names === undefined ? 'all stacks' : wanted.join(', '),
      input: { stacks: places.map(({ stackName, region }) => ({ stackName, region })) },
    };
  },
  async run(call, tools) {
    const { cloudFormation } = await import('../aws/clients.ts');
    const { findStacks } = await import('../aws/find-stacks.ts');
    const { stacks } = checkInput.parse(call.input);
    const addresses = stacks.map(({ stackName, region }) => ({
      client: cloudFormation(region),
      region,
      stackName,
      signal: tools.signal,
    }));
    const found = await keepBeating(tools, { stacks: stacks.length }, () => findStacks(addresses));
    return judge(found);
  },
};

const checkInput = z.object({ stacks: z.array(z.object({ stackName: z.string(), region: z.string() })) });

/** Stacks that a reason names; it is read on a board. */
const NAMED = 5;

function judge(found: readonly FoundStack[]): CheckResult {
  const incomplete = found.filter(({ isComplete }) => !isComplete);
  if (incomplete.length > 0) {
    const named = incomplete.slice(0, NAMED).map(({ stackName, status }) => `${stackName} ${inWords(status)}`);
    const rest = incomplete.length > NAMED ? ` and ${incomplete.length - NAMED} more` : '';
    const count = `${incomplete.length} of ${found.length} stacks are not complete`;
    return { state: 'failed', reason: `${count}: ${named.join(', ')}${rest}` };
  }
  const ids = found.map(({ stackId = '' }) => stackId).sort();
  return {
    state: 'passed',
    reason: `${found.length} stacks are complete`,
    // A stack that was deleted and created again has another id, and so is other evidence.
    evidence: [{ where: found.map(({ stackName }) => stackName).join(', '), sha256: sha256(ids.join('\n')) }],
  };
}

function inWords(status: string | undefined): string {
  if (status === undefined) return 'does not exist';
  // What it holds is what it held before; deploying that again changes nothing, so the status stays.
  const undone =
    status === 'UPDATE_ROLLBACK_COMPLETE' ? ' (its last update was undone; deploy a change, or waive)' : '';
  return `is ${status}${undone}`;
}
