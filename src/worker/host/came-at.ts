import { isGrpcServiceError, type Client } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import { decodeJwt } from 'jose';
import { digestOf } from '../../base/digest.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

/** Of gRPC. */
const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;

/**
 * How far clocks of people and servers may be apart, and how long the server keeps a message back while a worker has a workflow
 * task, in milliseconds.
 */
const APART = 120_000;

/**
 * When the server took a message that carries a signature, which may be long before a worker could verify it.
 *
 * Looks from the latest event back to when the token says that it was made, before which it cannot have come: 10,000 Signals may
 * lie between, and one run has 51,200 events at most, which are 200 requests.
 *
 * @param token one that was refused for its age alone
 * @returns epoch milliseconds; nothing when this workflow's history does not hold it
 */
export async function cameAt(client: Client, workflowId: string, token: unknown): Promise<number | undefined> {
  const wanted = digestOf([token]);
  const { iat, exp } = timesOf(token);
  for await (const event of eventsBackwards(client, workflowId)) {
    if (isBefore(event, iat - APART)) return undefined;
    // Then it would have come too late.
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

/** Epoch milliseconds between which a token says that it counts. */
function timesOf(token: unknown): { iat: number; exp: number } {
  const { jws, decision } = token as { jws?: string; decision?: { iat?: unknown; exp?: unknown } };
  const { iat, exp } = jws === undefined ? { ...decision } : decodeJwt(jws);
  return {
    iat: typeof iat === 'number' ? iat * 1000 : -Infinity,
    exp: typeof exp === 'number' ? exp * 1000 : Infinity,
  };
}

/** Only these are written down as they happen: what is kept back meanwhile follows with an earlier time. */
function isBefore({ eventTime, workflowTaskStartedEventAttributes: started }: Event, time: number): boolean {
  return Boolean(started) && tsToMs(eventTime) < time;
}

async function* eventsBackwards(client: Client, workflowId: string): AsyncGenerator<Event> {
  try {
    yield* pagesBackwards(client, workflowId);
  } catch (error) {
    const code: number | undefined = isGrpcServiceError(error) ? error.code : undefined;
    // Nobody of that name is running, or has been.
    if (code === NOT_FOUND) return;
    if (code !== UNIMPLEMENTED) throw error;
    // The time-skipping test server knows histories from their beginning only.
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
