import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { explainError } from '../aws/errors.ts';
import type { Notice } from './notice.ts';
import { snsMessage } from './sns-message.ts';

export interface TopicOptions {
  readonly topicArn: string;
  /** Default: the topic's own. */
  readonly region?: string | undefined;
  readonly timeoutMs: number;
}

/**
 * Publishes a notice to a topic of SNS. Credentials, and the endpoint where AWS_ENDPOINT_URL names another one, come
 * from the environment as the SDK reads it.
 *
 * @throws PermanentError when somebody has to mend the topic or the permissions; any other error is worth another attempt
 */
export async function publishNotice(notice: Notice, options: TopicOptions): Promise<void> {
  const { topicArn, region = regionOf(topicArn), timeoutMs } = options;
  // Notices are rare: a client for each keeps no connection open between them.
  const client = new SNSClient({ region });
  try {
    await client.send(new PublishCommand({ TopicArn: topicArn, ...snsMessage(notice) }), {
      // Over all attempts of the SDK; by itself it waits for ever.
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
