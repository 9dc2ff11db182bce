import { PermanentError } from '../activities/define.ts';
import type { StackDeployment } from './deployment.ts';
import { DeploymentRun } from './deployment-run.ts';
import { explained } from './errors.ts';
import type { StackProgress } from './follow.ts';
import { DeadlineError } from './pace.ts';
import type { AwaitingApproval } from './review.ts';
import { settleStack } from './settle-stack.ts';

export interface DeployOptions {
  /** Milliseconds since 1970 from which the deadline counts, whatever attempt this is. Default: now. */
  readonly begunAt?: number;
  /**
   * Whether nothing of this deployment can have been begun before, so that a stack at rest need not be asked for it. Default:
   * false. Where it is wrongly true, what was done before counts as unchanged.
   */
  readonly isFirstAttempt?: boolean;
  /** Whether somebody has agreed to what may destroy data. Default: nobody has. */
  isApproved?(awaiting: AwaitingApproval): boolean;
  /** Milliseconds of the shortest pause between two looks at AWS. Default: 500. */
  readonly shortestPauseMs?: number;
  /** Told of everything that happens to the stack. */
  onProgress?(progress: StackProgress): void;
}

export interface DeployedStack {
  readonly outcome: 'created' | 'updated' | 'unchanged';
  readonly stackId: string;
  readonly status: string;
  readonly outputs: { readonly [name: string]: string };
  /** Resources that were done. */
  readonly resources: number;
  /** Resources that should have been deleted while an update cleaned up and could not be, each with the reason. */
  readonly orphans: readonly string[];
  /** Why nothing was done, when it is unchanged. */
  readonly reason?: string;
}

/**
 * Brings a stack to what its template says, through a change set. Looks first whether an earlier attempt of the same deployment
 * has begun it, and then only follows that one to its end.
 *
 * @throws PermanentError when a person has to act; any other error is worth another attempt
 */
export async function deployStack(
  deployment: StackDeployment,
  options: DeployOptions = {},
): Promise<DeployedStack | AwaitingApproval> {
  const { deadlineMs } = deployment.settings ?? {};
  try {
    return await explained(deployment, () => new DeploymentRun(deployment, options).run());
  } catch (error) {
    if (!(error instanceof DeadlineError) || deadlineMs === undefined) throw error;
    const settled = await settleStack(deployment);
    const { stackName, region } = deployment;
    const minutes = Math.round(deadlineMs / 60_000);
    throw new PermanentError(
      `Stack ${stackName} in ${region} took longer than its deadline of ${minutes} min: ${settled}. Send retry to try again.`,
    );
  }
}
