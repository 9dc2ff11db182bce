import type { Notified } from '../../contract/activities.ts';
import type { Notice } from '../../contract/notice.ts';
import type { Channel } from '../../plan/channels.ts';
import { z } from 'zod';
import type { RecordStore } from '../../store/store.ts';
import { postNotice } from './slack.ts';

interface Surroundings {
  /** Storage for notices that go to a file. */
  readonly records: RecordStore;
  readonly env: { readonly [name: string]: string | undefined };
  /** Time limit for the response of a receiver, in milliseconds. Default: 10 s. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;

/**
 * Delivers a notice at least once: if the response to an attempt is lost, the notice may be delivered again.
 *
 * @throws PermanentError when an operator has to mend the channel; any other error is worth a retry
 */
export async function deliver(notice: Notice, channel: Channel, around: Surroundings): Promise<void> {
  const { records, env, timeoutMs = TIMEOUT_MS } = around;
  if ('file' in channel) {
    await appendNotice(notice, records, channel.file);
  } else if ('webhook' in channel) {
    await postNotice(notice, { ...channel.webhook, env, timeoutMs });
  } else if ('smtp' in channel) {
    // These are loaded only when they are needed: clients cost start-up time.
    const { sendBySmtp } = await import('./smtp.ts');
    await sendBySmtp(notice, { ...channel.smtp, env, timeoutMs });
  } else if ('ses' in channel) {
    const { sendBySes } = await import('./ses.ts');
    await sendBySes(notice, { ...channel.ses, timeoutMs });
  } else {
    const { publishNotice } = await import('./sns.ts');
    await publishNotice(notice, { ...channel.sns, timeoutMs });
  }
}

/** The channels that earlier attempts have served; the server keeps them as heartbeat details. */
const progressShape = z.object({ done: z.array(z.string()), refused: z.array(z.string()) }).readonly();
type Progress = z.output<typeof progressShape>;

interface Delivering extends Surroundings {
  /** What the attempt before has shown last. */
  readonly earlier: unknown;
  readonly heartbeat: (progress: Progress) => void;
}

/**
 * Delivers a notice to all channels. If a channel fails with an error that is worth a retry, the activity fails with a retryable error.
 * Later attempts leave out the channels that have been served.
 */
export async function notify(notice: Notice, channels: readonly Channel[], around: Delivering): Promise<Notified> {
  let progress: Progress = progressShape.safeParse(around.earlier).data ?? { done: [], refused: [] };
  const failures: string[] = [];
  for (const channel of channels) {
    const name = nameOf(channel);
    if (progress.done.includes(name)) continue;
    try {
      await deliver(notice, channel, around);
      progress = { ...progress, done: [...progress.done, name] };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (error instanceof Error && error.name === 'PermanentError') {
        progress = { done: [...progress.done, name], refused: [...progress.refused, `${name}: ${reason}`] };
      } else failures.push(`${name}: ${reason}`);
    }
    around.heartbeat(progress);
  }
  if (failures.length > 0) throw new Error(failures.join('; '));
  return { refused: progress.refused };
}

/** Names a channel for people, and among those of one notice. */
export function nameOf(channel: Channel): string {
  if ('webhook' in channel) return `webhook ${channel.webhook.urlEnv}`;
  if ('smtp' in channel) return `smtp ${channel.smtp.urlEnv} to ${channel.smtp.to.join(', ')}`;
  if ('ses' in channel) return `ses to ${channel.ses.to.join(', ')}`;
  return 'sns' in channel ? `sns ${channel.sns.topicArn}` : `file ${channel.file}`;
}

/**
 * Appends a notice to a file within the records, as one line of JSON.
 *
 * @throws PermanentError when the path leads out of the records
 */
async function appendNotice(notice: Notice, records: RecordStore, path: string): Promise<void> {
  await records.add(path, notice.id, JSON.stringify(notice));
}
