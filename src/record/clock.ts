import type { Recording } from './recording.ts';

/** An entry whose time the server's own times contradict. */
export interface ClockFault {
  readonly entry: number;
  readonly reason: string;
}

/** How far clocks of workers and server may be apart, in milliseconds. */
const APART = 60_000;

/**
 * Windows, least times and ages are judged by the entries' own times, so these have to fit those that the server stamped: an entry
 * is not made before its message came, nor after it was recorded.
 */
export function clockFault({ entries, messages }: Recording): ClockFault | undefined {
  const came = new Map(messages.map(({ digest, time }) => [digest, time]));
  for (const { entry, time } of entries) {
    const { number, at, message } = entry;
    // Of equal messages the last one is found, so only one that came once can be too early.
    const sent = message === undefined || isRepeated(message, messages) ? undefined : came.get(message);
    if (sent !== undefined && at < sent - APART) return { entry: number, reason: 'it is older than its message' };
    if (time !== undefined && at > time + APART) return { entry: number, reason: 'it is younger than its recording' };
  }
  return undefined;
}

function isRepeated(digest: string, messages: Recording['messages']): boolean {
  return messages.filter((one) => one.digest === digest).length > 1;
}
