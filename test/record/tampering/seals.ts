import { sealedIn } from '../../../src/contract/seal.ts';
import type { Value } from '../forged-events.ts';
import type { Forger } from '../forger.ts';

/** Takes the seals off that an event holds. */
export function strip(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  const { data, metadata } = node as Value;
  if (typeof data !== 'string' || metadata === undefined) {
    for (const inner of Object.values(node)) strip(inner);
    return;
  }
  const text = Buffer.from(data, 'base64').toString();
  const sealed = text.startsWith('{') ? sealedIn(JSON.parse(text)) : undefined;
  if (sealed === undefined) return;
  (node as Value)['data'] = Buffer.from(JSON.stringify(sealed.result ?? null)).toString('base64');
}

export function stripAll({ runs }: Forger): void {
  strip(runs);
}
