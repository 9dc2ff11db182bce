import { z } from 'zod';
import type { ActivityTools, StepResult } from './define.ts';
import { keepBeating } from './keep-beating.ts';

/** What a `step.stacks` activity is given for a stack that somebody else deploys. */
export const existingInput = z.object({
  existing: z.literal(true),
  stackName: z.string(),
  region: z.string(),
  role: z.string().optional(),
});

/** Finds that the stack is complete, and publishes its outputs. Changes nothing. */
export async function findExistingStack(
  { stackName, region, role }: z.output<typeof existingInput>,
  tools: ActivityTools,
): Promise<StepResult> {
  const { cloudFormation } = await import('../aws/clients.ts');
  const { findCompleteStack } = await import('../aws/find-complete-stack.ts');
  const address = { client: cloudFormation(region, role), region, stackName, signal: tools.signal };
  const { stackId, outputs } = await keepBeating(tools, { stack: stackName, status: 'looking' }, (show) =>
    findCompleteStack(address, {
      onStatus: (status) => {
        show({ stack: stackName, status });
      },
    }),
  );
  return { outputs, evidence: [{ where: stackId }], note: `${stackName} is there, deployed by somebody else` };
}
