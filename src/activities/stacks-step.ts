import { z } from 'zod';
import type { BindContext, StepDraft } from '../plan/kinds.ts';
import { PermanentError, type StepDefinition } from './define.ts';
import { draftName, draftOf, knownStacks, placesOf } from './stack-drafts.ts';

/** `stacks: [network, access]`: each is deployed to every environment, as parallel as its imports allow. */
export const stacksStep: StepDefinition<readonly string[]> = {
  kind: 'stacks',
  summary: 'stacks of the playbook, deployed to every environment, as parallel as their imports allow',
  entry: z.array(z.string()).min(1, 'names of stacks'),
  profile: 'wait',
  coverage: 'automated',
  settles: true,
  expand(names, context) {
    if (Object.keys(context.environments).length === 0) {
      context.problem('the playbook has no environments to deploy to', { suggestion: 'Add "environments:".' });
    }
    return draftsOf(knownStacks(names, context), context);
  },
  run: () => Promise.reject(new PermanentError('stacks cannot be deployed yet')),
  settle: () => Promise.reject(new PermanentError('stacks cannot be deployed yet')),
};

function draftsOf(names: readonly string[], context: BindContext): StepDraft[] {
  const places = names.flatMap((name) => placesOf(name, context));
  return places.flatMap((place) => {
    const entry = context.stacks[place.stack];
    if (entry === undefined) return [];
    const imports = context.stackImports[place.stack] ?? [];
    const needs = places.filter(
      (other) =>
        imports.includes(other.stack) &&
        (place.environment === undefined || other.environment === undefined || other.environment === place.environment),
    );
    return [{ ...draftOf(place, entry, context), needs: needs.map(draftName) }];
  });
}
