import { InvalidArgumentError } from 'commander';
import ms from 'ms';

/** Takes a day length as the phase takes it: `24h`, `8h`, `2s`. */
export function dayLength(text: string): string {
  if (lengthOf(text) > 0) return text;
  throw new InvalidArgumentError('Write a length such as 24h, 8h or 2s.');
}

/** Milliseconds; 0 for what is no length. */
function lengthOf(text: string): number {
  try {
    const value = ms(text as ms.StringValue);
    return Number.isFinite(value) ? value : 0;
  } catch {
    return 0;
  }
}
