import { z } from 'zod';
import { PermanentError, type CheckDefinition } from './define.ts';
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
  run: () => Promise.reject(new PermanentError('stacks cannot be checked yet')),
};
