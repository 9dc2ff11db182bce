import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** @param {...string} parts path within the project */
export const inRoot = (...parts) => join(root, ...parts);

/**
 * Progress goes to standard error, so that a command's own output (`--json`) stays clean.
 * @param {string} line
 */
export const say = (line) => process.stderr.write(`${line}\n`);

/** Ends the process with a message for people; not a fault of the program, so without a stack trace. */
export class UserError extends Error {
  exitCode = 1;
}

/** A signal has asked the process to end, or a program that installs or builds. */
export class Stopped extends UserError {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super('stopped; run it again to go on');
    this.exitCode = 128 + constants.signals[signal];
  }
}
