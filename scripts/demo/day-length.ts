import { InvalidArgumentError } from 'commander';
import { dayLengthMs } from '../../src/contract/inputs.ts';

/** Accepts the day lengths that the phase accepts: `24h`, `8h`, `2s`. */
export function dayLength(text: string): string {
  if (dayLengthMs(text) !== undefined) return text;
  throw new InvalidArgumentError('Write a length such as 24h, 8h or 2s.');
}
