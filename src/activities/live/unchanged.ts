import type { Stack } from '@aws-sdk/client-cloudformation';
import { setMaxListeners } from 'node:events';
import { StackState } from '../stacks/engine/status.ts';

/** Stacks of which something is kept at most, the least recently asked for goes first. */
const MOST = 500;
/** Milliseconds that a reading for several who wait for it may take. */
const LONGEST_MS = 60_000;

/**
 * Keeps something that only an operation on a stack can change (what it lists, its template), for as long as there is none: by the
 * stack's id, its status and the time of its last operation. Who asks while it is being read waits for the same reading.
 */
export class Unchanged<Value> {
  readonly #kept = new Map<string, Promise<Value>>();

  /**
   * @param asker who may see what is kept: region and role, since another role may not be allowed to read it
   * @param signal ends the waiting; the reading goes on for others
   */
  async of(
    stack: Stack,
    asker: string,
    signal: AbortSignal,
    read: (signal: AbortSignal) => Promise<Value>,
  ): Promise<Value> {
    signal.throwIfAborted();
    const version = versionOf(stack);
    if (version === undefined) return read(signal);
    const key = `${asker} ${version}`;
    const reading = this.#kept.get(key) ?? read(AbortSignal.timeout(LONGEST_MS));
    this.#kept.delete(key);
    this.#kept.set(key, reading);
    // What could not be read now is read again.
    reading.catch(() => this.#kept.get(key) === reading && this.#kept.delete(key));
    if (this.#kept.size > MOST) for (const oldest of [...this.#kept.keys()].slice(0, -MOST)) this.#kept.delete(oldest);
    return untilAborted(reading, signal);
  }
}

/** Nothing while an operation runs, or after one that has stopped half-way: what it holds may change. */
function versionOf({ StackId, StackStatus, CreationTime, LastUpdatedTime }: Stack): string | undefined {
  const isAtRest = StackState.of(StackStatus).readiness === 'ready';
  if (!isAtRest || StackId === undefined) return undefined;
  return `${StackId} ${String(StackStatus)} ${String((LastUpdatedTime ?? CreationTime)?.getTime())}`;
}

async function untilAborted<Value>(reading: Promise<Value>, signal: AbortSignal): Promise<Value> {
  // As many wait with one signal as there are stacks; Node takes more than ten listeners for a leak.
  setMaxListeners(0, signal);
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([reading, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
