import { own } from '../../base/json.ts';
import type { Gate, TaskRef } from '../../plan/gate-model.ts';

import type { GatesState } from '../model.ts';

export const PHASE = 'phase';
/** Key of the holds among the slices. */
export const HOLDS = 'holds';

/** By the name of what is held: a task, lane, milestone or gate of the plan, or `phase`. So there are no more than the plan has. */
export interface Holds {
  readonly [on: string]: Hold;
}

export interface Hold {
  readonly by: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly reason: string;
}

/** Everything that is held. */
export function holdsOf({ slices }: GatesState): Holds {
  return (slices[HOLDS] ?? {}) as Holds;
}

/** Why a task may not go on: the nearest hold on it, its lane, its milestone or the phase. */
export function holdOnTask(state: GatesState, task: TaskRef): Hold | undefined {
  const summary = own(state.tasks, task);
  return firstOf(state, [task, summary?.lane, summary?.milestone, PHASE]);
}

/** Why a gate may not clear. A hold on the phase is a good time to amend its plan. */
export function holdOnGate(state: GatesState, { id, milestone, guards }: Gate): Hold | undefined {
  return firstOf(state, guards?.what === 'plan' ? [id] : [id, milestone, PHASE]);
}

function firstOf(state: GatesState, names: readonly (string | undefined)[]): Hold | undefined {
  const holds = holdsOf(state);
  for (const name of names) {
    const hold = name === undefined ? undefined : own(holds, name);
    if (hold !== undefined) return hold;
  }
  return undefined;
}
