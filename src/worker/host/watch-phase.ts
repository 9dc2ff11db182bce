import { ApplicationFailure, Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { Watched, WatchRequest } from '../../contract/activities.ts';

/** Limits for the time between two attempts, in milliseconds: a tenth of the time since the activity was scheduled, within these. */
const AT_LEAST = 20_000;
const AT_MOST = 600_000;

/** Checks once that a phase still runs, and as the run that its milestone knows. If so, the activity fails with a retryable error. */
export async function watchPhase({ workflowId, firstRunId, runId, self }: WatchRequest): Promise<Watched> {
  const { info } = Context.current();
  const phase = await currentRun(workflowId);
  if (phase?.firstRunId !== firstRunId) return { state: 'over', how: 'it no longer exists' };
  if (phase.status !== 'RUNNING') return { state: 'over', how: phase.status };
  if (phase.runId !== runId || info.workflowExecution?.runId !== self) return { state: 'changed', runId: phase.runId };
  // Both times are by the server's clock: the clock of a server that skips time is ahead of this machine's.
  const waited = info.currentAttemptScheduledTimestampMs - info.scheduledTimestampMs;
  throw ApplicationFailure.create({
    message: `${workflowId} runs`,
    type: 'NotYet',
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: Math.min(Math.max(waited / 10, AT_LEAST), AT_MOST),
  });
}

async function currentRun(workflowId: string) {
  try {
    const { status, runId, raw } = await Context.current().client.workflow.getHandle(workflowId).describe();
    return { status: status.name, runId, firstRunId: raw.workflowExecutionInfo?.firstRunId };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
