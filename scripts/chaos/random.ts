import { createHash } from 'node:crypto';

/** Numbers that depend on the seed alone. */
export class Random {
  readonly #seed: number;
  #count = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** A whole number from 0 up to, and without, `limit`. */
  below(limit: number): number {
    this.#count += 1;
    const digest = createHash('sha256').update(`${this.#seed} ${this.#count}`).digest();
    return Math.floor((digest.readUInt32BE(0) / 2 ** 32) * limit);
  }
}
