import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** A clock that only tests move, and other processes read, with pauses of 50 ms between attempts. */
export class FileClock {
  readonly longestPauseMs = 50;
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Epoch milliseconds. */
  get time(): number {
    return Number(readFileSync(this.#file, 'utf8'));
  }

  set time(time: number) {
    // Whole, whenever it is read.
    writeFileSync(`${this.#file}.new`, String(time));
    renameSync(`${this.#file}.new`, this.#file);
  }

  now(): number {
    return this.time;
  }
}
