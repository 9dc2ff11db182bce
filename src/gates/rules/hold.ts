import type { Gate, TaskRef } from '../../plan/gate-model.ts';
import type { GatesState, Hold } from '../model.ts';
import { own } from '../turn.ts';

export const PHASE = 'phase';

/** Why a task may not go on: the nearest hold on it, its lane, its milestone or the phase. */
export function holdOnTask(state: GatesState, task: TaskRef): Hold | undefined {
  const summary = own(state.tasks, task);
  return firstOf(state, [task, summary?.lane, summary?.milestone, PHASE]);
}

/** Why a gate may not clear. */
export function holdOnGate(state: GatesState, { id, milestone }: Gate): Hold | undefined {
  return firstOf(state, [id, milestone, PHASE]);
}

function firstOf({ holds }: GatesState, names: readonly (string | undefined)[]): Hold | undefined {
  for (const name of names) {
    const hold = name === undefined ? undefined : own(holds, name);
    if (hold !== undefined) return hold;
  }
  return undefined;
}
