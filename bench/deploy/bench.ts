import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/sandbox/paths.ts';
import type { Figure } from '../figures.ts';
import { Cdk } from './cdk.ts';
import { criticalPath } from './critical-path.ts';
import type { Deployer } from './deployer.ts';
import { measure, type Measured } from './measure.ts';
import { Phasegate } from './ours.ts';
import { writePhase } from './phase.ts';
import { deployFigures } from './report.ts';
import { stacksOf, withoutReferences } from './stacks.ts';
import { Waiters } from './waiters.ts';

/** The amounts of a bench. */
export interface DeployAmounts {
  readonly environments: number;
  /** Time for each resource, in seconds. */
  readonly resourceDelay: number;
  /** Time between two polls of an SDK waiter, in seconds. */
  readonly waiterPoll: number;
}

/** Takes about ten minutes, because of the interval of the SDK's waiters. */
export const fullDeploy: DeployAmounts = { environments: 3, resourceDelay: 0.25, waiterPoll: 30 };

/** Too small for a measurement; only shows that the bench works. */
export const quickDeploy: DeployAmounts = { environments: 1, resourceDelay: 0.05, waiterPoll: 1 };

export interface DeployFigures {
  readonly criticalPathMs: number;
  readonly resources: number;
  readonly measured: readonly Measured[];
  readonly figures: readonly Figure[];
}

/** A longer log retention in the first environment, which changes a few resources of a few stacks. */
const CHANGED = { LogRetentionDays: '60' };

/** Deploys the project's own stacks with this project, the CDK CLI and the SDK's waiters, one after the other. */
export async function benchDeploy(amounts: DeployAmounts, say: (line: string) => void): Promise<DeployFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'phasegate-bench-'));
  const project = join(root, 'phases', 'phase-4');
  const write = (changed: boolean) =>
    writePhase(folder, project, { environments: amounts.environments, ...(changed ? { changed: CHANGED } : {}) });
  const stacks = async (changed: boolean) => {
    await write(changed);
    return stacksOf(folder);
  };
  const common = { resourceDelay: amounts.resourceDelay, say };
  try {
    const phasegate = await measure({ ...common, deployer: () => new Phasegate(folder), stacks });
    const outputs = new Map([...phasegate.live].map(([name, one]) => [name, one.outputs]));
    const resolved = async (changed: boolean) => withoutReferences(await stacks(changed), outputs);
    const other = (deployer: () => Deployer) => measure({ ...common, deployer, stacks: resolved });
    const cdk = await other(() => new Cdk());
    const waiters = await other(() => new Waiters(amounts.waiterPoll));
    const criticalPathMs = criticalPath(await stacks(false), phasegate.live, amounts.resourceDelay);
    return {
      criticalPathMs,
      resources: [...phasegate.live.values()].reduce((sum, one) => sum + one.resources, 0),
      measured: [phasegate, cdk, waiters],
      figures: deployFigures({ phasegate, cdk }, { criticalPathMs }),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
