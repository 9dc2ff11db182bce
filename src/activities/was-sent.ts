import { Context } from '@temporalio/activity';
import { digestOfPayloads, latestEvents } from './latest-events.ts';
import type { ContinuedRequest, SentRequest } from './phase-activities.ts';

/**
 * Whether a workflow has sent a signal to another one. Whoever may send signals in the namespace may send this one too, and
 * neither the signal nor its handler tells from whom it is; the history of the workflow that is to have sent it does.
 */
export async function wasSent({ sender, receiver, signal, digest }: SentRequest): Promise<boolean> {
  const { client } = Context.current();
  for await (const event of latestEvents(client, sender)) {
    const sent = event.signalExternalWorkflowExecutionInitiatedEventAttributes;
    if (sent?.signalName !== signal || sent.workflowExecution?.workflowId !== receiver) continue;
    if ((await digestOfPayloads(client, sent.input)) === digest) return true;
  }
  return false;
}

/** Whether a run of this type and queue has closed by continuing as new into another run, with these arguments. */
export async function wasContinued(request: ContinuedRequest): Promise<boolean> {
  const { workflowId, before, runId, taskQueue, workflowType, digest } = request;
  const { client } = Context.current();
  const earlier = await client.workflow.getHandle(workflowId, before).describe();
  if (earlier.type !== workflowType || earlier.taskQueue !== taskQueue) return false;
  for await (const event of latestEvents(client, workflowId, before)) {
    const continued = event.workflowExecutionContinuedAsNewEventAttributes;
    if (continued?.newExecutionRunId !== runId) return false;
    return (await digestOfPayloads(client, continued.input)) === digest;
  }
  return false;
}
