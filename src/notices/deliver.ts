import type { Channel } from '../plan/channels.ts';
import type { RecordStore } from '../record/store.ts';
import { appendNotice } from './file.ts';
import type { Notice } from './notice.ts';
import { postNotice } from './webhook.ts';

export interface Surroundings {
  /** Files of notices lie within. */
  readonly records: RecordStore;
  readonly env: { readonly [name: string]: string | undefined };
  /** Milliseconds that a receiver has for its answer. Default: 10 s. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;

/**
 * Delivers a notice, at least once: an attempt whose answer is lost may have been one that arrived.
 *
 * @throws PermanentError when somebody has to mend the channel; any other error is worth another attempt
 */
export async function deliver(notice: Notice, channel: Channel, around: Surroundings): Promise<void> {
  const { records, env, timeoutMs = TIMEOUT_MS } = around;
  if ('file' in channel) {
    await appendNotice(notice, records, channel.file);
  } else if ('webhook' in channel) {
    await postNotice(notice, { ...channel.webhook, env, timeoutMs });
  } else {
    // The AWS client is loaded by who needs it.
    const { publishNotice } = await import('./sns.ts');
    await publishNotice(notice, { ...channel.sns, timeoutMs });
  }
}
