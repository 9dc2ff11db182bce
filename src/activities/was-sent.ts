import { isGrpcServiceError, type Client } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { temporal } from '@temporalio/proto';
import { Context } from '@temporalio/activity';
import { digestOf } from '../gates/chain.ts';
import type { SentRequest } from './phase-activities.ts';

/** Events of one request, and how many requests: what has just been sent is among the last few events. */
const PAGE = 200;
const PAGES = 10;

/** Of gRPC. */
const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;

/**
 * Whether a workflow has sent a signal to another one. Whoever may send signals in the namespace may send this one too, and
 * neither the signal nor its handler tells from whom it is; the history of the workflow that is to have sent it does.
 */
export async function wasSent({ sender, receiver, signal, digest }: SentRequest): Promise<boolean> {
  const { client } = Context.current();
  try {
    for await (const event of latestEvents(client, sender)) {
      const sent = event.signalExternalWorkflowExecutionInitiatedEventAttributes;
      if (sent?.signalName !== signal || sent.workflowExecution?.workflowId !== receiver) continue;
      const args = await decodeArrayFromPayloads(client.options.loadedDataConverter, sent.input?.payloads);
      if (digestOf(args) === digest) return true;
    }
    return false;
  } catch (error) {
    // Nobody of that name is running, or has been.
    if (codeOf(error) === NOT_FOUND) return false;
    throw error;
  }
}

function codeOf(error: unknown): number | undefined {
  return isGrpcServiceError(error) ? error.code : undefined;
}

/** The events of the current run, latest first. */
async function* latestEvents(client: Client, workflowId: string): AsyncGenerator<Event> {
  try {
    yield* reverseEvents(client, workflowId);
  } catch (error) {
    if (codeOf(error) !== UNIMPLEMENTED) throw error;
    // The time-skipping test server knows histories from their beginning only.
    const { events = [] } = await client.workflow.getHandle(workflowId).fetchHistory();
    yield* (events ?? []).toReversed();
  }
}

type Event = temporal.api.history.v1.IHistoryEvent;

async function* reverseEvents(
  { workflowService, options: { namespace } }: Client,
  workflowId: string,
): AsyncGenerator<Event> {
  let nextPageToken: Uint8Array | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await workflowService.getWorkflowExecutionHistoryReverse({
      namespace,
      execution: { workflowId },
      maximumPageSize: PAGE,
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
    });
    yield* answer.history?.events ?? [];
    nextPageToken = answer.nextPageToken;
    if (nextPageToken.length === 0) return;
  }
}
