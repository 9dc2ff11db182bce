import { PublishCommand, type PublishCommandInput, SNSClient } from '@aws-sdk/client-sns';
import { explainError } from '../../aws/errors.ts';
import type { Notice } from '../../contract/notice.ts';
import { mailOf } from './mail.ts';

export interface TopicOptions {
  readonly topicArn: string;
  /** Default: the region of the topic. */
  readonly region?: string | undefined;
  readonly timeoutMs: number;
}

/**
 * Publishes a notice to an SNS topic. The SDK reads credentials and endpoint (AWS_ENDPOINT_URL) from the environment.
 *
 * @throws PermanentError when an operator has to mend the topic or the permissions; any other error is worth a retry
 */
export async function publishNotice(notice: Notice, options: TopicOptions): Promise<void> {
  const { topicArn, region = regionOf(topicArn), timeoutMs } = options;
  // Notices are rare, so each gets a client of its own, and no connection stays open between them.
  const client = new SNSClient({ region });
  try {
    await client.send(new PublishCommand({ TopicArn: topicArn, ...snsMessage(notice) }), {
      // The time-out covers all attempts of the SDK, which has no time-out by default.
      abortSignal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    throw explainError(error, { subject: `Topic ${topicArn}`, service: `SNS in ${region}` });
  } finally {
    client.destroy();
  }
}

/** `arn:aws:sns:REGION:ACCOUNT:NAME` */
function regionOf(topicArn: string): string {
  return topicArn.split(':')[3] ?? '';
}

/** SNS requires fewer than 100 characters. */
const LONGEST_SUBJECT = 99;

/** Renders a notice for SNS. Subscriptions can filter by the attributes kind, phase, gate and task. */
export function snsMessage(notice: Notice) {
  const { kind, phase, gate, tasks = [], title } = notice;
  const task = tasks.length === 1 ? tasks[0] : undefined;
  return {
    Subject: asciiLine(title) || 'phasegate',
    Message: mailOf(notice).text,
    MessageAttributes: {
      kind: attribute(kind),
      phase: attribute(phase),
      ...(gate === undefined ? {} : { gate: attribute(gate) }),
      ...(task === undefined ? {} : { task: attribute(task) }),
    },
  } satisfies Omit<PublishCommandInput, 'TopicArn'>;
}

function attribute(value: string) {
  return { DataType: 'String', StringValue: value };
}

/** Converts a text to one line of ASCII: without accents, with plain dashes and quotes, and with `?` for other characters. */
function asciiLine(text: string): string {
  const line = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/\p{Pd}/gu, '-')
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
    .replace(/[^ -~]/gu, '?');
  return line.length <= LONGEST_SUBJECT ? line : `${line.slice(0, LONGEST_SUBJECT - 3)}...`;
}
