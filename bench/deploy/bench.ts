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

/** How much is deployed. */
export interface DeployAmounts {
  readonly environments: number;
  /** Seconds that each resource takes. */
  readonly resourceDelay: number;
  /** Seconds between two looks of an SDK waiter. */
  readonly waiterPoll: number;
}

/** The waiters' own pace makes this take about ten minutes. */
export const fullDeploy: DeployAmounts = { environments: 3, resourceDelay: 0.25, waiterPoll: 30 };

/** Shows that the bench works, not how fast anything is. */
export const quickDeploy: DeployAmounts = { environments: 1, resourceDelay: 0.05, waiterPoll: 1 };

export interface DeployFigures {
  readonly criticalPathMs: number;
  readonly resources: number;
  readonly measured: readonly Measured[];
  readonly figures: readonly Figure[];
}

/** Keeps logs for longer in the first environment: a change to a few resources of a few stacks. */
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
