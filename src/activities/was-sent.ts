import { Context } from '@temporalio/activity';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { digestOf } from '../gates/chain.ts';
import { digestOfPayloads, latestEvents } from './latest-events.ts';

/**
 * When the server took a message that carries a signature, which may be long before a worker could verify it.
 *
 * @returns epoch milliseconds; nothing when this workflow's history does not hold it
 */
export async function cameAt(workflowId: string, token: unknown): Promise<number | undefined> {
  const { client } = Context.current();
  const wanted = digestOf([token]);
  for await (const { eventTime, ...event } of latestEvents(client, workflowId)) {
    const signal = event.workflowExecutionSignaledEventAttributes?.input;
    const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.args;
    const input = signal ?? update;
    if (input === undefined || input === null || (await digestOfPayloads(client, input)) !== wanted) continue;
    return tsToMs(eventTime);
  }
  return undefined;
}
