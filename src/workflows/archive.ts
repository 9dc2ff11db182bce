import { log, ParentClosePolicy, sleep, startChild } from '@temporalio/workflow';
import type { Archived, ArchiveRequest } from '../activities/phase-activities.ts';
import { archiveActivities } from './activities.ts';
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

/** Starts it; that the record could not be kept must not change how the phase ends. */
export async function startArchive({ identity: { workflowId, runId } }: PhaseRun): Promise<void> {
  const request: ArchiveRequest = { workflowId, runId };
  try {
    await startChild(archive, {
      workflowId: `${workflowId}:archive`,
      args: [request],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Histories of ${workflowId}`,
    });
  } catch (error) {
    log.error('The histories are not kept', { error });
  }
}
