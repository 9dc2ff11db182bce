import { kinds } from '../../src/activities/registry.ts';
import { stackInput } from '../../src/activities/stacks/places.ts';
import { compilePhase } from '../../src/worker/host/phases.ts';
import { UserError } from '../command-line.ts';

/** Names on AWS of the stacks that the tasks of a phase's first milestone deploy. */
export async function stacksOfFirstMilestone(phasesDir: string, phase: string): Promise<string[]> {
  const compiled = await compilePhase(phasesDir, phase, kinds);
  if (compiled.plan === undefined) throw new UserError(`phase ${phase} does not compile`);
  const tasks = compiled.plan.milestones[0]?.lanes.flatMap((lane) => lane.tasks) ?? [];
  return tasks.flatMap(({ steps }) =>
    steps.filter(({ kind }) => kind === 'stacks').map(({ input }) => stackInput.parse(input).stackName),
  );
}
