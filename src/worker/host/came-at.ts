import { isGrpcServiceError, type Client } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import { decodeJwt } from 'jose';
import { digestOf } from '../../base/digest.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

/** Status codes of gRPC. */
const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;

/**
 * In milliseconds: allows for differences between the clocks of people and servers, and for the time for which the server buffers a
 * message while a workflow task is being processed.
 */
const APART = 120_000;

/**
 * Finds the time at which the server accepted a message with a token. It may be long before a worker could verify the token.
 *
 * The search goes from the latest event back to the time when the token was made, because it cannot have arrived before. There may be
 * 10,000 Signals in between. One run has at most 51,200 events, which are 200 requests.
 *
 * @param token a token that was refused only because it has expired
 * @returns epoch milliseconds; `undefined` when the workflow's history does not contain the message
 */
export async function cameAt(client: Client, workflowId: string, token: unknown): Promise<number | undefined> {
  const wanted = digestOf([token]);
  const { iat, exp } = timesOf(token);
  for await (const event of eventsBackwards(client, workflowId)) {
    if (isBefore(event, iat - APART)) return undefined;
    // A message of this event would have arrived too late.
    if (tsToMs(event.eventTime) > exp + APART) continue;
    const signal = event.workflowExecutionSignaledEventAttributes?.input;
    const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.args;
    const payloads = (signal ?? update)?.payloads;
    if (!payloads) continue;
    const { loadedDataConverter } = client.options;
    if (digestOf(await decodeArrayFromPayloads(loadedDataConverter, payloads)) === wanted)
      return tsToMs(event.eventTime);
  }
  return undefined;
}

/** The times between which a token claims to be valid, in epoch milliseconds. */
function timesOf(token: unknown): { iat: number; exp: number } {
  const { jws, decision } = token as { jws?: string; decision?: { iat?: unknown; exp?: unknown } };
  const { iat, exp } = jws === undefined ? { ...decision } : decodeJwt(jws);
  return {
    iat: typeof iat === 'number' ? iat * 1000 : -Infinity,
    exp: typeof exp === 'number' ? exp * 1000 : Infinity,
  };
}

/**
 * Only events of started workflow tasks are in the order of their times. A message that the server buffers during a workflow task gets a
 * later place in the history with an earlier time.
 */
function isBefore({ eventTime, workflowTaskStartedEventAttributes: started }: Event, time: number): boolean {
  return Boolean(started) && tsToMs(eventTime) < time;
}

async function* eventsBackwards(client: Client, workflowId: string): AsyncGenerator<Event> {
  try {
    yield* pagesBackwards(client, workflowId);
  } catch (error) {
    const code: number | undefined = isGrpcServiceError(error) ? error.code : undefined;
    // There is no workflow execution with this id.
    if (code === NOT_FOUND) return;
    if (code !== UNIMPLEMENTED) throw error;
    // The time-skipping test server can read histories forwards only.
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    yield* (events ?? []).toReversed();
  }
}

async function* pagesBackwards({ workflowService, options }: Client, workflowId: string): AsyncGenerator<Event> {
  const { namespace } = options;
  let nextPageToken: Uint8Array | undefined;
  do {
    const answer = await workflowService.getWorkflowExecutionHistoryReverse({
      namespace,
      execution: { workflowId },
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
    });
    yield* answer.history?.events ?? [];
    ({ nextPageToken } = answer);
  } while (nextPageToken.length > 0);
}
