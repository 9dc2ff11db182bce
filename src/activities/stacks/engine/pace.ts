import { setTimeout as sleep } from 'node:timers/promises';
import { PermanentError } from '../../../base/errors.ts';
import type { StackAddress } from '../../../aws/clients.ts';

/** Milliseconds between two polls of an operation that has just begun. */
export const SHORTEST_MS = 500;
const LONGEST_MS = 10_000;
/** The pause is a twentieth of the time that has passed, so the end of an operation is noticed within 5 % of its duration. */
const PART = 20;

/** Number of times that a stale answer is requested again before it is accepted. */
export const STALE_READS = 10;

const TWO_HOURS = 2 * 60 * 60 * 1000;

/** How long a function waits for AWS, and how it does so. */
export interface WaitOptions {
  /** Milliseconds to wait for AWS. Default: 2 hours. */
  readonly timeoutMs?: number;
  /** Shortest pause between two polls, in milliseconds. Default: 500. */
  readonly shortestPauseMs?: number;
  /** Called with the stack's status after each poll. */
  onStatus?(status: string): void;
}

/** The deadline of a deployment has passed. */
export class DeadlineError extends PermanentError {}

/**
 * Pauses between polls of AWS. They are short at first, and grow with the time that has passed, until the deadline. They are randomized,
 * so that deployments do not poll at the same moments.
 */
export class Pace {
  readonly #address: StackAddress;
  readonly #deadline: number;
  readonly #shortest: number;
  #since = Date.now();

  /**
   * @param deadline epoch milliseconds after which no pause begins
   * @param shortest shortest pause in milliseconds
   */
  constructor(address: StackAddress, deadline: number, shortest = SHORTEST_MS) {
    this.#address = address;
    this.#deadline = deadline;
    this.#shortest = shortest;
  }

  /** From now on, as the options say. */
  static of(address: StackAddress, { timeoutMs = TWO_HOURS, shortestPauseMs }: WaitOptions): Pace {
    return new Pace(address, Date.now() + timeoutMs, shortestPauseMs);
  }

  /** Starts again with short pauses, because another operation is polled from now on. */
  restart(): void {
    this.#since = Date.now();
  }

  /** @throws the signal's reason when it is aborted, and DeadlineError after the deadline */
  async pause(): Promise<void> {
    const { signal, stackName, region } = this.#address;
    const now = Date.now();
    if (now >= this.#deadline) {
      throw new DeadlineError(
        `Stack ${stackName} in ${region} takes too long. Nothing was stopped on AWS; send retry to go on waiting.`,
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
