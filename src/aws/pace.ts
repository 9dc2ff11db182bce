import { setTimeout as sleep } from 'node:timers/promises';
import { PermanentError } from '../activities/define.ts';
import type { StackAddress } from './stack.ts';

const SHORTEST_MS = 500;
const LONGEST_MS = 10_000;

/** Pauses between polls: short while something happens, longer while nothing does, never beyond the deadline. */
export class Pace {
  readonly #address: StackAddress;
  readonly #deadline: number;
  #delay = SHORTEST_MS;

  /** @param timeoutMs how long all pauses together may take */
  constructor(address: StackAddress, timeoutMs: number) {
    this.#address = address;
    this.#deadline = Date.now() + timeoutMs;
  }

  /** @throws the signal's reason when it is aborted, PermanentError once the time is over */
  async pause(happened: boolean): Promise<void> {
    const { signal, stackName, region } = this.#address;
    if (Date.now() >= this.#deadline) {
      throw new PermanentError(
        `Stack ${stackName} in ${region} takes longer than it may. Nothing was stopped on AWS; send retry to go on waiting.`,
      );
    }
    this.#delay = happened ? SHORTEST_MS : Math.min(this.#delay * 1.5, LONGEST_MS);
    try {
      await sleep(this.#delay, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }
}
