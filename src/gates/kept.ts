import { bytesOf } from '../plan/bytes.ts';
import type { GatesState } from './model.ts';

/** Bytes of the messages that a phase carries with it: early approvals and contributions. A payload holds 2 MB in all. */
const KEPT_BYTES = 250_000;

/** Whether a message may be kept: what is kept travels with the phase, and more than a payload holds would wedge it. */
export function hasRoomFor(state: GatesState, message: object): boolean {
  const early = Object.values(state.gates).reduce(
    (sum, gate) => sum + (gate.early === undefined ? 0 : bytesOf(gate.early)),
    0,
  );
  return early + (state.contributed ?? 0) + bytesOf(message) <= KEPT_BYTES;
}

export const FULL = `this phase keeps ${String(KEPT_BYTES)} bytes of contributions and early approvals at most; write less, and name as evidence where the rest is`;
