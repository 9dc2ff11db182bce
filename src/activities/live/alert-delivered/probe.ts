import { CloudWatchClient, type MetricAlarm, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import {
  paginateListSubscriptionsByTopic,
  SNSClient,
  SubscribeCommand,
  type Subscription,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  paginateListQueues,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { setTimeout as sleep } from 'node:timers/promises';
import { sharedClient } from '../../../aws/clients.ts';
import { type LiveEnvironment, type LiveResource, ofType, subjectOf } from '../environment.ts';

const LONGEST_MS = 60_000;

/** A queue that is subscribed to a topic for the time of a trial. */
export class AlertProbe {
  readonly #place: LiveEnvironment;
  readonly #topicArn: string;
  readonly #prefix: string;

  /** @param prefix of the queue's name; SQS refuses a name for a minute after its queue was deleted, so the rest is new each time */
  constructor(place: LiveEnvironment, topicArn: string, prefix: string) {
    this.#place = place;
    this.#topicArn = topicArn;
    this.#prefix = prefix;
  }

  /** Deletes the subscriptions and queues of an earlier attempt. */
  async sweep(): Promise<void> {
    const { signal: abortSignal } = this.#place;
    const topic = paginateListSubscriptionsByTopic(
      { client: this.#sns },
      { TopicArn: this.#topicArn },
      { abortSignal },
    );
    for await (const { Subscriptions = [] } of topic) {
      for (const { SubscriptionArn, Endpoint = '' } of Subscriptions) {
        if (Endpoint.includes(`:${this.#prefix}`)) await this.#sns.send(new UnsubscribeCommand({ SubscriptionArn }));
      }
    }
    const queues = paginateListQueues({ client: this.#sqs }, { QueueNamePrefix: this.#prefix }, { abortSignal });
    for await (const { QueueUrls = [] } of queues) {
      for (const QueueUrl of QueueUrls) await this.#sqs.send(new DeleteQueueCommand({ QueueUrl }));
    }
  }

  /** Sets an alarm off, waits for its message, and puts everything back. @returns true when the message has arrived */
  async setOff(alarm: MetricAlarm): Promise<boolean> {
    const { AlarmName, StateValue, StateReason } = alarm;
    const name = `${this.#prefix}${Date.now().toString(36)}`;
    try {
      const queueUrl = await this.#listen(name);
      const reason = `phasegate tries whether alarms are delivered (${name}); nothing is wrong`;
      const trial = new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: reason });
      try {
        await this.#cloudWatch.send(trial, { abortSignal: this.#place.signal });
        return await this.#arrives(queueUrl, reason);
      } finally {
        // Without the signal: the alarm must not stay in ALARM after a cancellation.
        const back = { AlarmName, StateValue, StateReason: StateReason ?? 'as before' };
        await this.#cloudWatch.send(new SetAlarmStateCommand(back));
      }
    } finally {
      await this.#clearUp();
    }
  }

  /** @returns URL of the queue */
  async #listen(name: string): Promise<string> {
    const { signal: abortSignal } = this.#place;
    const statement = {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: '*',
      Condition: { ArnEquals: { 'aws:SourceArn': this.#topicArn } },
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    const create = new CreateQueueCommand({ QueueName: name, Attributes: { Policy, MessageRetentionPeriod: '3600' } });
    const { QueueUrl = '' } = await this.#sqs.send(create, { abortSignal });
    const ask = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
    const { Attributes = {} } = await this.#sqs.send(ask, { abortSignal });
    const subscribe = { TopicArn: this.#topicArn, Protocol: 'sqs', Endpoint: Attributes['QueueArn'] };
    await this.#sns.send(new SubscribeCommand(subscribe), { abortSignal });
    return QueueUrl;
  }

  async #arrives(QueueUrl: string, reason: string): Promise<boolean> {
    for (const deadline = Date.now() + LONGEST_MS; Date.now() < deadline;) {
      const receive = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5, MaxNumberOfMessages: 10 });
      const { Messages = [] } = await this.#sqs.send(receive, { abortSignal: this.#place.signal });
      if (Messages.some(({ Body = '' }) => Body.includes(reason))) return true;
    }
    return false;
  }

  async #clearUp(): Promise<void> {
    const whole = new AlertProbe(
      { ...this.#place, signal: AbortSignal.timeout(LONGEST_MS) },
      this.#topicArn,
      this.#prefix,
    );
    await whole.sweep();
  }

  get #sns(): SNSClient {
    return sharedClient(SNSClient, this.#place);
  }

  get #sqs(): SQSClient {
    return sharedClient(SQSClient, this.#place);
  }

  get #cloudWatch(): CloudWatchClient {
    return sharedClient(CloudWatchClient, this.#place);
  }
}

const POLL_MS = 1_000;
/** Milliseconds of the longest wait for a count: the counts of SQS are some seconds old. */
const UNCOUNTED_MS = 30_000;

/**
 * Queues of the environment that are subscribed to a topic. A growing number of messages shows that the topic reaches them; receiving
 * messages would take them from the queue's consumers.
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

  /** Waits until each queue holds more messages than before. @returns subjects of queues that do not */
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

/** The physical id of a queue is its URL, which ends with the name. */
function nameOf({ physicalId }: LiveResource): string | undefined {
  return physicalId.split('/').at(-1);
}
