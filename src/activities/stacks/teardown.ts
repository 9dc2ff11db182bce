import { z } from 'zod';
import type { BindContext } from '../../plan/kinds.ts';
import { chosenStacks, draftName, placesOf, type StackPlace, stacksChosen } from './places.ts';
import { withOwnRole } from './acting.ts';
import type { StepDefinition } from '../../contract/kinds.ts';
import { stacksSection } from './section.ts';
import { keepBeating } from '../../contract/keep-beating.ts';

const input = z.object({
  stackName: z.string(),
  region: z.string(),
  role: z.string().optional(),
  protected: z.boolean(),
});

/** `teardown: all` or `teardown: [network]`: deletes stacks, in the reverse order of imports. Never in a protected environment. */
export const teardownStep: StepDefinition<z.output<typeof chosenStacks>> = {
  kind: 'teardown',
  summary: 'stacks of the playbook, deleted in the reverse order of their imports; never in a protected environment',
  entry: chosenStacks,
  profile: 'wait',
  coverage: 'automated',
  expand(entry, context) {
    const names = stacksChosen(entry, 'it is not torn down here', context);
    const places = names.flatMap((name) => placesOf(name, context).map((place) => withOwnRole(place, context)));
    reportProtected(places, context);
    return places.toReversed().map((place) => ({
      name: draftName(place),
      label: `${place.stack} · ${place.environment ?? 'account'}`,
      ...(place.environment === undefined ? {} : { environment: place.environment }),
      needs: places.filter((other) => importsFrom(other, place, context)).map(draftName),
      input: { ...place },
    }));
  },
  async run(call, tools) {
    const { cloudFormation } = await import('../../aws/clients.ts');
    const { tearDownStack } = await import('./engine/delete.ts');
    const { role, ...place } = input.parse(call.input);
    const { stackName, region } = place;
    const teardown = {
      ...place,
      client: cloudFormation(region, role),
      signal: tools.signal,
      identity: call.identity,
    };
    const outcome = await keepBeating(tools, { stack: stackName, status: 'looking' }, (show) =>
      tearDownStack(teardown, {
        onStatus: (status) => {
          show({ stack: stackName, status });
        },
      }),
    );
    return { note: outcome === 'deleted' ? `${stackName} deleted` : `${stackName} does not exist` };
  },
};

function importsFrom(importer: StackPlace, from: StackPlace, context: BindContext): boolean {
  const { before } = context.bound(stacksSection);
  return (
    before[importer.stack]?.includes(from.stack) === true &&
    (importer.environment === undefined || from.environment === undefined || importer.environment === from.environment)
  );
}

function reportProtected(places: readonly StackPlace[], context: BindContext): void {
  const guarded = places.filter((place) => place.protected);
  for (const name of new Set(guarded.map(({ environment }) => environment))) {
    const message =
      name === undefined
        ? 'stacks of the account also belong to a protected environment, so they are not torn down'
        : `environment "${name}" is protected, so its stacks are not torn down`;
    context.problem(message, { suggestion: 'Name the others under "environments" of the step.' });
  }
}
