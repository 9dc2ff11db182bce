import { z } from 'zod';
import { stackInput } from '../../src/activities/stacks/places.ts';
import { kinds } from '../../src/activities/registry.ts';
import { compilePhase, loadPhase } from '../../src/worker/host/phases.ts';
import { referencesIn, resolveReferences, type Outputs } from '../../src/plan/references.ts';
import { PHASE, TASK } from './phase.ts';

/** One stack, as all deployers get it. */
export const benchStack = z.object({
  stackName: z.string(),
  region: z.string(),
  environment: z.string().optional(),
  /** Text of the template in the phase folder. */
  template: z.string(),
  parameters: z.record(z.string(), z.string()),
  capabilities: z.array(z.string()),
  /** Names of the stacks that it imports from or refers to. */
  needs: z.array(z.string()),
});
export type BenchStack = z.infer<typeof benchStack>;

/** The stacks that the phase's only task deploys, in the order of the playbook. Their parameters still contain references. */
export async function stacksOf(phasesDir: string): Promise<BenchStack[]> {
  const { plan, problems } = await compilePhase(phasesDir, PHASE, kinds);
  const { templates } = await loadPhase(phasesDir, PHASE, kinds);
  if (plan === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  const tasks = plan.milestones.flatMap(({ lanes }) => lanes.flatMap((lane) => lane.tasks));
  const steps = tasks.find(({ id }) => id === TASK)?.steps ?? [];
  const names = new Map(steps.map(({ id, input }) => [id, stackInput.parse(input).stackName]));
  return steps.map(({ input, needs }) => {
    const { stackName, region, environment, template, parameters, capabilities } = stackInput.parse(input);
    return benchStack.parse({
      stackName,
      region,
      environment,
      template: templates[template],
      parameters,
      capabilities,
      needs: needs.map((id) => names.get(id)),
    });
  });
}

/**
 * Replaces references by their values, because the other deployers do not know references. The values are constants in the project's
 * metrics template, so the outputs of one deployment supply them.
 *
 * @param outputs outputs of all stacks, by name on AWS
 */
export function withoutReferences(
  stacks: readonly BenchStack[],
  outputs: ReadonlyMap<string, { readonly [name: string]: string }>,
): BenchStack[] {
  return stacks.map((stack) => {
    const resolved = resolveReferences(stack.parameters, outputsFor(stack, stacks, outputs), stack.environment);
    if ('missing' in resolved) throw new Error(`${stack.stackName}: ${referencesIn(stack.parameters)[0]?.text ?? ''}`);
    return { ...stack, parameters: benchStack.shape.parameters.parse(resolved.value) };
  });
}

function outputsFor(
  { environment }: BenchStack,
  stacks: readonly BenchStack[],
  outputs: ReadonlyMap<string, { readonly [name: string]: string }>,
): Outputs {
  const near = stacks.filter((other) => other.environment === environment || other.environment === undefined);
  const addresses = near.map(({ stackName, environment: where }) => {
    const name = stackName.slice(`${PHASE}-${where ?? 'account'}-`.length);
    return [`stacks.${name}`, outputs.get(stackName) ?? {}] as const;
  });
  return { [environment ?? '*']: Object.fromEntries(addresses) };
}
