import { InvalidArgumentError } from 'commander';
import { dayLengthMs } from '../../src/contract/inputs.ts';

/** Takes a day length as the phase takes it: `24h`, `8h`, `2s`. */
export function dayLength(text: string): string {
  if (dayLengthMs(text) !== undefined) return text;
  throw new InvalidArgumentError('Write a length such as 24h, 8h or 2s.');
}
