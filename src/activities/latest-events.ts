import { isGrpcServiceError, type Client } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { temporal } from '@temporalio/proto';
import { digestOf } from '../gates/chain.ts';

export type Event = temporal.api.history.v1.IHistoryEvent;

/** Events of one request, and how many requests: what is looked for is among the last few events. */
const PAGE = 200;
const PAGES = 10;

/** Of gRPC. */
const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;

/**
 * The events of a run, latest first, 2,000 at most.
 *
 * @param runId the current one unless stated
 */
export async function* latestEvents(client: Client, workflowId: string, runId?: string): AsyncGenerator<Event> {
  try {
    yield* reverseEvents(client, workflowId, runId);
  } catch (error) {
    // Nobody of that name is running, or has been.
    if (codeOf(error) === NOT_FOUND) return;
    if (codeOf(error) !== UNIMPLEMENTED) throw error;
    // The time-skipping test server knows histories from their beginning only.
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    yield* (events ?? []).toReversed();
  }
}

/** Digest of what an event carries, as workflows see it. */
export async function digestOfPayloads(
  { options: { loadedDataConverter } }: Client,
  input: temporal.api.common.v1.IPayloads | null | undefined,
): Promise<string> {
  return digestOf(await decodeArrayFromPayloads(loadedDataConverter, input?.payloads));
}

function codeOf(error: unknown): number | undefined {
  return isGrpcServiceError(error) ? error.code : undefined;
}

async function* reverseEvents(
  { workflowService, options: { namespace } }: Client,
  workflowId: string,
  runId = '',
): AsyncGenerator<Event> {
  let nextPageToken: Uint8Array | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await workflowService.getWorkflowExecutionHistoryReverse({
      namespace,
      execution: { workflowId, runId },
      maximumPageSize: PAGE,
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
    });
    yield* answer.history?.events ?? [];
    nextPageToken = answer.nextPageToken;
    if (nextPageToken.length === 0) return;
  }
}
