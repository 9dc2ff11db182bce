import type { Effect } from '../gates/events.ts';
import type { GatesState } from '../gates/model.ts';
import type { Notice } from '../contract/notice.ts';
import { clip } from '../base/text.ts';
import { deskEntry } from './desk.ts';
import type { DeskEntry } from '../contract/answers.ts';

/** Of the tasks that one notice is about: how many it names, and for how many it has the command. */
const TASKS = 100;
const COMMANDS = 10;
/** How many different reasons it tells, and how much of each. */
const REASONS = 10;
const REASON_CHARACTERS = 500;

type TaskNoticeEffect = Extract<Effect, { readonly type: 'notice'; readonly task: string }>;

/**
 * Tells of tasks that have become blocked, or overdue, together: which, why, who may act, and by which commands.
 *
 * @returns nothing if people have acted on all of them already
 */
export function taskNotice(
  state: GatesState,
  workflowId: string,
  effects: readonly TaskNoticeEffect[],
): Omit<Notice, 'id'> | undefined {
  const blockedOrOverdue = effects.flatMap(({ task, kind, reason }) => {
    const item = state.desk[task];
    const isSo = kind === 'blocked' ? item?.waits === 'blocked' : item?.overdue === true;
    return item === undefined || !isSo ? [] : [{ kind, reason, entry: deskEntry(state, item, workflowId) }];
  });
  const [first] = blockedOrOverdue;
  if (first === undefined) return undefined;
  const { kind, entry } = first;
  const commands = blockedOrOverdue.slice(0, COMMANDS).flatMap((one) => one.entry.command ?? []);
  const what =
    blockedOrOverdue.length === 1 ? `${entry.task} ${entry.title} is` : `${String(blockedOrOverdue.length)} tasks are`;
  return {
    kind,
    phase: workflowId,
    tasks: blockedOrOverdue.slice(0, TASKS).map((one) => one.entry.task),
    title: clip(`${workflowId}: ${what} ${kind}`, 300),
    text: [...reasons(blockedOrOverdue), whoIsAsked(blockedOrOverdue.map((one) => one.entry))].join('\n'),
    ...(commands.length === 0 ? {} : { command: commands.join('\n') }),
  };
}

interface DeskNotice {
  readonly reason: string;
  readonly entry: DeskEntry;
}

/** Each reason once, with the tasks that it holds for. */
function reasons(blockedOrOverdue: readonly DeskNotice[]): string[] {
  const all = [...new Set(blockedOrOverdue.map(({ reason }) => reason))];
  const lines = all.slice(0, REASONS).map((reason) => {
    const tasks = blockedOrOverdue.filter((one) => one.reason === reason).map(({ entry }) => entry.task);
    return `${named(tasks)}: ${clip(reason, REASON_CHARACTERS)}`;
  });
  const left = all.length - lines.length;
  return left === 0 ? lines : [...lines, `and ${String(left)} more reasons, in the status query`];
}

function named(tasks: readonly string[]): string {
  const left = tasks.length - TASKS;
  return `${tasks.slice(0, TASKS).join(', ')}${left > 0 ? ` and ${String(left)} more` : ''}`;
}

/** For what is blocked these are operators, for what is overdue those who hold the agents. */
function whoIsAsked(entries: readonly DeskEntry[]): string {
  const names = [...new Set(entries.flatMap(({ who }) => who))];
  const isForOperators = entries[0]?.waits === 'blocked';
  const agents = [...new Set(entries.flatMap((entry) => entry.agents))].join(', ');
  const act = isForOperators ? 'operators may retry or skip' : `to be completed by ${agents}`;
  return names.length === 0 ? act : `${act}: ${clip(names.join(', '), REASON_CHARACTERS)}`;
}
