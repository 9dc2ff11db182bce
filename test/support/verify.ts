import type { Histories } from '../../src/record/history.ts';
import { type Fault, type Verified, verify as verifyWith, type VerifyOptions } from '../../src/record/verify.ts';
import { replayBundle } from './servers.ts';

/** Verifies the record of a phase that has started, with the workflows as they are in the sources. */
export async function verify(histories: Histories, options?: VerifyOptions): Promise<Verified | Fault> {
  const found = await verifyWith(histories, await replayBundle(), options);
  if ('refusal' in found) throw new Error(`the phase never started: ${found.refusal}`);
  return found;
}
