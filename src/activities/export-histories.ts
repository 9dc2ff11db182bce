import { ApplicationFailure, Context } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { safeName } from '../handover/files.ts';
import { exportRuns } from '../record/export.ts';
import type { RecordStore } from '../record/store.ts';
import type { Archived, ArchiveRequest } from './phase-activities.ts';

/** Exports the histories of a phase once it has closed; until then it fails retryably, which occupies no worker. */
export async function exportHistories(records: RecordStore, request: ArchiveRequest): Promise<Archived> {
  const { client } = Context.current();
  const { workflowId, runId } = request;
  const { status } = await client.workflow.getHandle(workflowId, runId).describe();
  if (status.name === 'RUNNING') {
    throw ApplicationFailure.create({
      message: `${workflowId} has not closed yet`,
      type: 'NotYet',
      category: ApplicationFailureCategory.BENIGN,
      nextRetryDelay: '1 second',
    });
  }
  const where = `${safeName(workflowId)}/${safeName(runId)}`;
  const index = await exportRuns(client, { workflowId, runId }, records, where);
  return { where, histories: index.histories.length };
}
