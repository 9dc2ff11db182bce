import { clip } from '../base/text.ts';
import type { TaskRef } from '../plan/gate-model.ts';
import type { GatesState, TaskMessage } from './model.ts';
import type { Draft } from './draft.ts';

/** Notes are kept for so many tasks; what is kept travels with the phase. */
const TASKS = 100;
const NOTE_CHARACTERS = 300;

/** Keeps what was said last of a task's progress; the ledger keeps all of it. */
export function noteProgress(draft: Draft, { task, by, note = '', done, blockers, next }: TaskMessage): void {
  const { [task]: _before, ...others } = draft.state.progress;
  const recent = Object.entries(others).slice(-(TASKS - 1));
  const clipped = (text: string) => clip(text.trim(), NOTE_CHARACTERS);
  const said = {
    ...{ by, at: draft.at, note: clipped(note) },
    ...(done === undefined ? {} : { done: clipped(done) }),
    ...(blockers === undefined ? {} : { blockers: clipped(blockers) }),
    ...(next === undefined ? {} : { next: clipped(next) }),
  };
  draft.state = { ...draft.state, progress: { ...Object.fromEntries(recent), [task]: said } };
}

/** Forgets it when the task is over. */
export function forgetProgress(state: GatesState, task: TaskRef): GatesState {
  if (!Object.hasOwn(state.progress, task)) return state;
  const { [task]: _over, ...progress } = state.progress;
  return { ...state, progress };
}
