import type { Client } from '@temporalio/client';
import { RecordError } from './record-error.ts';
import type { Run } from './record-index.ts';
import { beginningOf, describeRun, type PhaseKey } from './runs-on-server.ts';

/**
 * Finds a phase that has ended, by any of its runs, and its last run that the server still has.
 *
 * @param runId the latest one under this id unless stated
 * @throws RecordError when the server has none, or it has not ended
 */
export async function endedPhase(
  client: Client,
  workflowId: string,
  runId?: string,
): Promise<{ readonly phase: PhaseKey; readonly runId: string }> {
  const of = runId === undefined ? '' : ` with run ${runId}`;
  let found = await describeRun(client, workflowId, runId);
  if (found === undefined) throw new RecordError(`the server has no workflow ${workflowId}${of}, or not any more`);
  if (found.type !== 'phase')
    throw new RecordError(`${workflowId} is a workflow of type "${found.type}", and no phase`);
  while (found.state === 'continued') {
    const next = await describeRun(client, workflowId, await nextRun(client, found.run));
    // `verify` says that a run is missing.
    if (next === undefined) break;
    found = next;
  }
  if (found.state === 'open') {
    throw new RecordError(`${workflowId} has not ended; its archive writes the record as its milestones close`);
  }
  const beginning = await beginningOf(client, found.run);
  const firstRunId = beginning?.firstRunId ?? found.run.runId;
  return { phase: { workflowId, firstRunId }, runId: found.run.runId };
}

/** The run that a closed one has continued as, from its last event. */
async function nextRun(client: Client, execution: Run): Promise<string> {
  const { namespace } = client.options;
  const request = { namespace, execution, maximumPageSize: 1 };
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse(request);
  return history?.events?.at(0)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? '';
}
