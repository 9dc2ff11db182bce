import { Context } from '@temporalio/activity';
import { deliver, type Surroundings } from '../notices/deliver.ts';
import type { Notice } from '../notices/notice.ts';
import type { Channel } from '../plan/channels.ts';
import type { Notified } from './phase-activities.ts';

/** What earlier attempts have done already; kept with the server as heartbeat details. */
interface Progress {
  readonly done: readonly string[];
  readonly refused: readonly string[];
}

/**
 * Delivers a notice to every channel. One that is worth another attempt makes the activity fail retryably, and the attempts after
 * that leave out the channels that have been served.
 */
export async function notify(notice: Notice, channels: readonly Channel[], around: Surroundings): Promise<Notified> {
  const context = Context.current();
  let progress = (context.info.heartbeatDetails as Progress | undefined) ?? { done: [], refused: [] };
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
    context.heartbeat(progress);
  }
  if (failures.length > 0) throw new Error(failures.join('; '));
  return { refused: progress.refused };
}

function nameOf(channel: Channel): string {
  if ('webhook' in channel) return `webhook ${channel.webhook.urlEnv}`;
  return 'sns' in channel ? `sns ${channel.sns.topicArn}` : `file ${channel.file}`;
}
