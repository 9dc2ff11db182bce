import { setTimeout as sleep } from 'node:timers/promises';
import { PermanentError } from '../../../base/errors.ts';
import type { StackAddress } from '../../../aws/clients.ts';

/** Milliseconds between two looks at something that has just begun. */
export const SHORTEST_MS = 500;
const LONGEST_MS = 10_000;
/** What has run for a while is looked at after another part of that time, so its end is noticed within a part of its duration. */
const PART = 20;

/** How often a stale answer is asked for again before it is taken as it is. */
export const STALE_READS = 10;

/** The time that a deployment may take is over. */
export class DeadlineError extends PermanentError {}

/**
 * Pauses between looks at AWS: short at first, longer the longer something takes, never beyond the deadline. No two deployments
 * keep step with each other.
 */
export class Pace {
  readonly #address: StackAddress;
  readonly #deadline: number;
  readonly #shortest: number;
  #since = Date.now();

  /**
   * @param deadline milliseconds since 1970 after which no pause begins
   * @param shortest milliseconds of the shortest pause
   */
  constructor(address: StackAddress, deadline: number, shortest = SHORTEST_MS) {
    this.#address = address;
    this.#deadline = deadline;
    this.#shortest = shortest;
  }

  /** Something else is waited for from now on, or something has happened. */
  restart(): void {
    this.#since = Date.now();
  }

  /** @throws the signal's reason when it is aborted, DeadlineError once the time is over */
  async pause(): Promise<void> {
    const { signal, stackName, region } = this.#address;
    const now = Date.now();
    if (now >= this.#deadline) {
      throw new DeadlineError(
        `Stack ${stackName} in ${region} takes longer than it may. Nothing was stopped on AWS; send retry to go on waiting.`,
      );
    }
    const delay = Math.min(Math.max((now - this.#since) / PART, this.#shortest), LONGEST_MS);
    try {
      await sleep(delay * (0.9 + Math.random() / 5), undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }
}
