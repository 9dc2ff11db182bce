import { GetTemplateCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { setMaxListeners } from 'node:events';
import type { StackAddress } from '../../../aws/clients.ts';
import { StackState } from './status.ts';

/** Stacks of which something is kept for one client at most; the least recently asked for goes first. */
const MOST = 500;
/** Milliseconds that a reading for several who wait for it may take. */
const LONGEST_MS = 60_000;

/**
 * Keeps something that only an operation on a stack can change (what it lists, its template), for as long as there is none: by the
 * stack's id, its status and the time of its last operation. Who asks while it is being read waits for the same reading.
 */
export class Unchanged<Value> {
  readonly #kept = new WeakMap<object, Map<string, Promise<Value>>>();

  /**
   * @param address its client stands for a region and a role: another role may not be allowed to read the same. Its signal ends the
   *   waiting; the reading goes on for others
   * @param isLasting false for a value that is told to those who wait for it, and read again for the next who asks
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
    // A reading that has failed is repeated for the next who asks, too.
    reading.then((value) => isLasting(value) || forget(), forget);
    if (kept.size > MOST) for (const oldest of [...kept.keys()].slice(0, -MOST)) kept.delete(oldest);
    return untilAborted(reading, signal);
  }
}

/** Nothing while an operation runs, or after one that has stopped half-way: what it holds may change. */
function versionOf({ StackId, StackStatus, CreationTime, LastUpdatedTime }: Stack): string | undefined {
  const isAtRest = StackState.of(StackStatus).readiness === 'ready';
  if (!isAtRest || StackId === undefined) return undefined;
  return `${StackId} ${String(StackStatus)} ${String((LastUpdatedTime ?? CreationTime)?.getTime())}`;
}

const templates = new Unchanged<string>();

/** Text of the template that a stack was deployed from, as CloudFormation has it: with a question mark for whatever is not ASCII. */
export function templateOf(address: Pick<StackAddress, 'client' | 'signal'>, stack: Stack): Promise<string> {
  return templates.of(address, stack, async (abortSignal) => {
    const command = new GetTemplateCommand({ StackName: stack.StackId, TemplateStage: 'Original' });
    return (await address.client.send(command, { abortSignal })).TemplateBody ?? '';
  });
}

/** Waits for a reading that others wait for as well, until `signal` is aborted. */
export async function untilAborted<Value>(reading: Promise<Value>, signal: AbortSignal): Promise<Value> {
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
