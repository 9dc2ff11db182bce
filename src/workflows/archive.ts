import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, sleep, startChild } from '@temporalio/workflow';
import type { Archived, ArchiveRequest } from '../activities/phase-activities.ts';
import { archiveActivities } from './activities.ts';
import { archiveIds } from './archive-id.ts';
import { rootMessage } from './failure.ts';
import type { PhaseRun } from './phase-run.ts';

/**
 * Keeps the histories of an ended phase: a history can be read whole only when its workflow has closed, so this one outlives
 * the phase that starts it.
 */
export async function archive(request: ArchiveRequest): Promise<Archived> {
  // The phase closes right after it has started this workflow; looking at once would nearly always be too early.
  await sleep('1 second');
  return archiveActivities(`histories of ${request.workflowId}`).exportHistories(request);
}

/**
 * Starts it; that the record could not be kept must not change how the phase ends.
 *
 * @returns why it could not be started, or nothing
 */
export async function startArchive({ identity: { workflowId, runId } }: PhaseRun): Promise<string | undefined> {
  const request: ArchiveRequest = { workflowId, runId };
  const ids = archiveIds(workflowId, runId);
  for (const id of ids) {
    try {
      await startChild(archive, {
        workflowId: id,
        args: [request],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `Histories of ${workflowId}`,
      });
      return undefined;
    } catch (error) {
      // Somebody else's workflow runs under the first id, or an earlier run's record is still being written.
      if (error instanceof WorkflowExecutionAlreadyStartedError && id !== ids.at(-1)) continue;
      return rootMessage(error);
    }
  }
  return undefined;
}
