import type { Window } from '../../calendar/windows.ts';
import type { GatesEvent } from '../events.ts';
import type { GateState } from '../model.ts';
import { note, type Draft } from '../draft.ts';

/**
 * Whether a gate may clear now as far as its decision window goes. By the edges too, not only by what has been noted: when a
 * worker was down, messages may come before the tick that was due.
 */
export function isWithinWindow({ gate, windows = [], windowSince }: GateState, at: number): boolean {
  if (gate.policy?.window === undefined) return true;
  return windowSince !== undefined && windows.some(({ opens, closes }) => opens <= at && at < closes);
}

/** When the gate's window opens or closes next, as far as that is known. */
export function windowEdge({ windows: [next] = [], windowSince }: GateState): number | undefined {
  return windowSince === undefined ? next?.opens : next?.closes;
}

/** Opens and closes the gate's window. What was found before it opened counts no longer. */
export function passWindowEdges(draft: Draft, gate: GateState): void {
  const { windowSince, confirming, windows = [], ...rest } = gate;
  const left = windows.filter(({ closes }) => closes > draft.at);
  const [[before], [next]] = [windows, left];
  const wasOpen = windowSince !== undefined;
  if (wasOpen && next === before) return;
  // A day that ends where the next one begins has not closed.
  if (wasOpen && next !== undefined && before !== undefined && next.opens <= before.closes) {
    draft.setGate(gate.gate.id, { ...gate, windows: left });
    return;
  }
  if (wasOpen) note(draft, gate, 'window closed', nextOpening(next));
  if (next !== undefined && next.opens <= draft.at) {
    note(draft, gate, 'window open', `until ${iso(next.closes)}; what was found before is looked at again`);
    draft.setGate(gate.gate.id, { ...rest, windows: left, windowSince: draft.at });
  } else {
    draft.setGate(gate.gate.id, { ...rest, windows: left, ...(confirming === undefined ? {} : { confirming }) });
  }
}

/** Takes the windows that follow those which a gate knows. */
export function addWindows(draft: Draft, { gate: id, windows }: GatesEvent & { type: 'windows' }): void {
  const gate = draft.gate(id);
  if (gate?.state !== 'open') return;
  const known = gate.windows ?? [];
  const last = known.at(-1)?.closes ?? 0;
  draft.setGate(id, { ...gate, windows: [...known, ...windows.filter(({ opens }) => opens >= last)] });
}

function nextOpening(next: Window | undefined): string {
  const then = next === undefined ? '' : ` on ${iso(next.opens)}`;
  return `everything is looked at again when it opens${then}`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
