import { setTimeout as sleep } from 'node:timers/promises';

/** Requests that may be made: some at once, after a quiet time, and beyond them one each interval. */
export class Allowance {
  readonly #atOnce: number;
  readonly #everyMs: number;
  /** When all that was taken will have been given back, in milliseconds since the process began. */
  #restoredAt = 0;

  /**
   * @param atOnce requests that need no wait after a quiet time
   * @param everyMs milliseconds in which another one is allowed
   */
  constructor(atOnce: number, everyMs: number) {
    this.#atOnce = atOnce;
    this.#everyMs = everyMs;
  }

  /** Takes one request, and waits until it may be made. */
  async take(): Promise<void> {
    const now = performance.now();
    this.#restoredAt = Math.max(this.#restoredAt, now) + this.#everyMs;
    const wait = this.#restoredAt - now - this.#atOnce * this.#everyMs;
    if (wait > 0) await sleep(wait);
  }
}
