import { SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { explainError } from '../../aws/errors.ts';
import type { Notice } from '../../contract/notice.ts';
import { mailOf, messageIdOf } from './mail.ts';

export interface SesOptions {
  /** Address that is verified in SES. */
  readonly from: string;
  readonly to: readonly string[];
  readonly region: string;
  readonly timeoutMs: number;
}

/**
 * Sends a notice by SES. The SDK reads credentials and endpoint (AWS_ENDPOINT_URL) from the environment. SES gives each mail a Message-ID of
 * its own, so the header X-Phasegate-Notice tells a repetition.
 *
 * @throws PermanentError when an operator has to mend the addresses or the permissions; any other error is worth a retry
 */
export async function sendBySes(notice: Notice, { from, to, region, timeoutMs }: SesOptions): Promise<void> {
  // Notices are rare, so each gets a client of its own, and no connection stays open between them.
  const client = new SESv2Client({ region });
  const { subject, text } = mailOf(notice);
  try {
    await client.send(
      new SendEmailCommand({
        FromEmailAddress: from,
        Destination: { ToAddresses: [...to] },
        Content: {
          Simple: {
            Subject: { Data: subject, Charset: 'UTF-8' },
            Body: { Text: { Data: text, Charset: 'UTF-8' } },
            Headers: [{ Name: 'X-Phasegate-Notice', Value: messageIdOf(notice, from) }],
          },
        },
      }),
      // The time-out covers all attempts of the SDK, which has no time-out by default.
      { abortSignal: AbortSignal.timeout(timeoutMs) },
    );
  } catch (error) {
    throw explainError(error, { subject: `Mail from ${from}`, service: `SES in ${region}` });
  } finally {
    client.destroy();
  }
}
