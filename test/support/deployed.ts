import assert from 'node:assert/strict';
import { deployStack, type DeployedStack, type DeployOptions } from '../../src/activities/stacks/engine/deploy.ts';
import type { StackDeployment } from '../../src/activities/stacks/engine/deployment.ts';

/** Deploys a stack of which no change needs anybody's approval. */
export async function deployed(deployment: StackDeployment, options?: DeployOptions): Promise<DeployedStack> {
  const outcome = await deployStack(deployment, options);
  assert.ok(outcome.outcome !== 'needs approval');
  return outcome;
}
