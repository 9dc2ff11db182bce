import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { Proof } from '../gates/events.ts';
import { verifyingActivities } from './activities.ts';
import { rootMessage } from './failure.ts';
import type { PhaseRun } from './phase-run.ts';

/** Has a signature verified, with the keys as they are registered now. What cannot be verified does not count. */
export async function verifySigned({ identity, clock }: PhaseRun, token: unknown): Promise<Proof> {
  const { name, workflowId } = identity;
  const { firstExecutionRunId } = workflowInfo();
  try {
    const request = { phase: name, workflowId, run: firstExecutionRunId, token };
    return await CancellationScope.nonCancellable(() =>
      clock.local(() => verifyingActivities().verifyDecision(request)),
    );
  } catch (error) {
    return { ok: false, reason: `it cannot be verified now; send it again (${rootMessage(error)})` };
  }
}
