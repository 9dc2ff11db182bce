import { own } from '../base/json.ts';
import { replaceTasks } from './amended.ts';
import type { Draft } from './draft.ts';
import type { GatesEvent } from './events.ts';
import { taskMessages } from './messages/tasks.ts';
import { forgetProgress } from './progress.ts';
import type { TaskRef } from '../plan/gate-model.ts';
import type { TaskSummary } from './model.ts';
import type { Slice } from './slice.ts';

/** The tasks of a phase and the desk. Their state is `GatesState.tasks`, `desk` and `progress`, which gates and views read. */
export const tasks: Slice = {
  name: 'tasks',
  messages: taskMessages,
  reduce: (draft, event) => {
    if (event.type === 'task') takeTask(draft, event);
    else if (event.type === 'round') setRounds(draft, event.task, event.number);
    else if (event.type === 'amended') replaceTasks(draft, event);
    else if (event.type === 'ended') change(draft, event.task, { ended: true });
  },
};

/** Only what people care about goes into the ledger: that a task blocked, is overdue, was done, or was skipped. */
const recorded: ReadonlySet<string> = new Set(['blocked', 'done', 'skipped']);

/** @param done number of the last round; `undefined`: the task has not come to its first one */
function setRounds(draft: Draft, task: TaskRef, done: number | undefined): void {
  const summary = draft.task(task);
  if (summary?.rounds === undefined || summary.rounds.done === done) return;
  const { slice, settings } = summary.rounds;
  change(draft, task, { rounds: { slice, settings, ...(done === undefined ? {} : { done }) } });
}

function change(draft: Draft, task: TaskRef, to: Pick<TaskSummary, 'ended' | 'rounds'>): void {
  const summary = draft.task(task);
  if (summary === undefined) return;
  draft.state = { ...draft.state, tasks: { ...draft.state.tasks, [task]: { ...summary, ...to } } };
}

function takeTask(draft: Draft, { task, state, desk, reason, results }: GatesEvent & { type: 'task' }): void {
  const before = draft.task(task)?.state;
  if (before === undefined) return;
  const wasOverdue = own(draft.state.desk, task)?.overdue === true;
  draft.setTask(task, state, desk, results === undefined ? {} : { results });
  if (state === 'pending') setRounds(draft, task, undefined);
  if (state === 'done' || state === 'skipped') draft.state = forgetProgress(draft.state, task);
  if (desk?.overdue === true && !wasOverdue) {
    const due = desk.due === undefined ? 'its due date has passed' : `it was due ${new Date(desk.due).toISOString()}`;
    draft.record({ what: 'task overdue', trust: 'phase', on: task, code: 'ACCEPTED', reason: due });
    draft.effects.push({ type: 'notice', task, kind: 'overdue', reason: due });
  }
  if (!recorded.has(state) || before === state) return;
  draft.record({ what: `task ${state}`, trust: 'phase', on: task, code: 'ACCEPTED', reason: reason ?? state });
  if (state === 'blocked') draft.effects.push({ type: 'notice', task, kind: 'blocked', reason: reason ?? state });
}
