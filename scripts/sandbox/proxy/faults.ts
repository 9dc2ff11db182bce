import { createHash } from 'node:crypto';
import type { AwsCall } from './call.ts';
import { stackNameOf } from './call.ts';

/**
 * The ways in which a call goes wrong.
 *
 * - `throttling`, `failure`: the service answers with an error, and does nothing.
 * - `reset`: the connection ends before the service has heard anything.
 * - `silence`: no answer, then the connection ends; the service has heard nothing.
 * - `lost`: the service does what it was asked to, and its answer never arrives.
 */
export type Fault = 'throttling' | 'failure' | 'reset' | 'silence' | 'lost';

export const faults: readonly Fault[] = ['throttling', 'failure', 'reset', 'silence', 'lost'];

/** Chooses the fault of the next call; `undefined` when it goes well. */
export type FaultPlan = (call: AwsCall) => Fault | undefined;

/**
 * Lets a share of all calls go wrong, each kind as often as the others. The same seed chooses the same fault for the first, the second,
 * the nth call of an operation on a stack, whatever other calls come between.
 *
 * @param rate from 0 to 1
 */
export function seededFaults(seed: number, rate: number): FaultPlan {
  const counts = new Map<string, number>();
  return (call) => {
    const key = `${call.service} ${call.operation} ${stackNameOf(call) ?? ''}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    const [chance, which] = twoShares(`${seed} ${key} ${count}`);
    return chance < rate ? faults[Math.floor(which * faults.length)] : undefined;
  };
}

/** Two numbers from 0 up to 1, which depend on the text alone. */
function twoShares(text: string): [number, number] {
  const digest = createHash('sha256').update(text).digest();
  return [digest.readUInt32BE(0) / 2 ** 32, digest.readUInt32BE(4) / 2 ** 32];
}
