import { UserError } from '../command-line.ts';

/** The command was given something that it cannot work on; exit code 2. */
export class UsageError extends UserError {}
