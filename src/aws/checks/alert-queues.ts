import type { Subscription } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient, type QueueAttributeName } from '@aws-sdk/client-sqs';
import { setTimeout as sleep } from 'node:timers/promises';
import { sharedClient } from '../clients.ts';
import { ofType, subjectOf, type LiveEnvironment, type LiveResource } from './live.ts';

const POLL_MS = 1_000;
/** What SQS tells of how much a queue holds is late by seconds. */
const UNCOUNTED_MS = 30_000;

/**
 * Queues of the environment that are subscribed to a topic. Whether something reaches them is told by how much they hold: reading
 * from them would take from whoever is to read.
 */
export class SubscribedQueues {
  readonly #environment: LiveEnvironment;
  readonly #queues: readonly LiveResource[];
  readonly #longestMs: number;
  #before: readonly number[] = [];

  constructor(environment: LiveEnvironment, subscriptions: readonly Subscription[], longestMs = UNCOUNTED_MS) {
    const names = subscriptions
      .filter(({ Protocol }) => Protocol === 'sqs')
      .map(({ Endpoint = '' }) => Endpoint.split(':').at(-1));
    this.#environment = environment;
    this.#longestMs = longestMs;
    this.#queues = ofType(environment, 'AWS::SQS::Queue').filter((queue) => names.includes(nameOf(queue)));
  }

  /** Counts, before anything is sent. */
  async count(): Promise<void> {
    this.#before = await this.#counts();
  }

  /** Waits until each of them holds more than before. @returns subjects of those that do not */
  async silent(): Promise<string[]> {
    for (const deadline = Date.now() + this.#longestMs; ;) {
      const counts = await this.#counts();
      const silent = this.#queues.filter((_, index) => (counts[index] ?? 0) <= (this.#before[index] ?? 0));
      if (silent.length === 0 || Date.now() >= deadline) {
        return silent.map((queue) => subjectOf(this.#environment, queue).subject);
      }
      await sleep(POLL_MS, undefined, { signal: this.#environment.signal });
    }
  }

  #counts(): Promise<number[]> {
    const { signal: abortSignal } = this.#environment;
    const names: QueueAttributeName[] = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'];
    const client = sharedClient(SQSClient, this.#environment);
    return Promise.all(
      this.#queues.map(async (queue) => {
        const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: nameOf(queue) }), { abortSignal });
        const ask = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: names });
        const { Attributes = {} } = await client.send(ask, { abortSignal });
        return names.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
      }),
    );
  }
}

/** A queue's id is its URL, which ends with its name. */
function nameOf({ physicalId }: LiveResource): string | undefined {
  return physicalId.split('/').at(-1);
}
