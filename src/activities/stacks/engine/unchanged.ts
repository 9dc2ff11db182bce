import { GetTemplateCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { setMaxListeners } from 'node:events';
import type { StackAddress } from '../../../aws/clients.ts';
import { StackState } from './status.ts';

/** Largest number of cached values for one client; the least recently used is dropped. */
const MOST = 500;
/** Time limit for a request that several callers share, in milliseconds. */
const LONGEST_MS = 60_000;

/**
 * Caches data that changes only through operations on a stack, such as its resources and its template. The key is the stack's id, its
 * status and the time of its last operation. Callers that ask at the same time share one request.
 */
export class Unchanged<Value> {
  readonly #kept = new WeakMap<object, Map<string, Promise<Value>>>();

  /**
   * @param address the cache is separate for each client, because another role may lack the permission. The signal ends the waiting; the
   *   request goes on for other callers
   * @param isLasting false for a value that answers the callers who wait for it, and is requested again for the next one
   */
  async of(
    { client, signal }: Pick<StackAddress, 'client' | 'signal'>,
    stack: Stack,
    read: (signal: AbortSignal) => Promise<Value>,
    isLasting: (value: Value) => boolean = () => true,
  ): Promise<Value> {
    signal.throwIfAborted();
    const version = versionOf(stack);
    if (version === undefined) return read(signal);
    const kept = this.#kept.get(client) ?? new Map<string, Promise<Value>>();
    this.#kept.set(client, kept);
    const reading = kept.get(version) ?? read(AbortSignal.timeout(LONGEST_MS));
    kept.delete(version);
    kept.set(version, reading);
    const forget = () => kept.get(version) === reading && kept.delete(version);
    // A failed request is not cached either.
    reading.then((value) => isLasting(value) || forget(), forget);
    if (kept.size > MOST) for (const oldest of [...kept.keys()].slice(0, -MOST)) kept.delete(oldest);
    return untilAborted(reading, signal);
  }
}

/** The key of the cache; `undefined` while an operation runs, or after one that has stopped half-way, because the data may change. */
function versionOf({ StackId, StackStatus, CreationTime, LastUpdatedTime }: Stack): string | undefined {
  const isAtRest = StackState.of(StackStatus).readiness === 'ready';
  if (!isAtRest || StackId === undefined) return undefined;
  return `${StackId} ${String(StackStatus)} ${String((LastUpdatedTime ?? CreationTime)?.getTime())}`;
}

const templates = new Unchanged<string>();

/** The template that a stack was deployed from. CloudFormation returns a question mark for every character that is not ASCII. */
export function templateOf(address: Pick<StackAddress, 'client' | 'signal'>, stack: Stack): Promise<string> {
  return templates.of(address, stack, async (abortSignal) => {
    const command = new GetTemplateCommand({ StackName: stack.StackId, TemplateStage: 'Original' });
    return (await address.client.send(command, { abortSignal })).TemplateBody ?? '';
  });
}

/** Waits for a request that other callers share, until `signal` is aborted. */
export async function untilAborted<Value>(reading: Promise<Value>, signal: AbortSignal): Promise<Value> {
  // One signal serves all stacks, and Node warns of a leak beyond ten listeners.
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
