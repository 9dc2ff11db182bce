import { mayOperate, holdsOne } from '../gates/authorise.ts';
import { operatorsOf, type Able } from '../gates/able.ts';
import { holdOnTask } from '../gates/holds.ts';
import type { DeskItem, GatesState } from '../gates/model.ts';
import { second } from '../gates/waits.ts';
import { onlyOne, skipCommand, taskCommand } from './commands.ts';
import type { DeskEntry } from './messages.ts';

/** What waits for people: first what is blocked, then what is overdue, each with the commands that somebody may send. */
export function shownDesk(state: GatesState, workflowId: string): DeskEntry[] {
  return Object.values(state.desk)
    .toSorted((one, other) => urgency(one) - urgency(other))
    .map((item) => deskEntry(state, item, workflowId));
}

function urgency({ waits, overdue }: DeskItem): number {
  if (waits === 'blocked') return 0;
  return overdue === true ? 1 : 2;
}

const answers = { complete: 'complete', input: 'input', blocked: 'retry' } as const;

/** One item of the desk as it is shown. */
export function deskEntry(state: GatesState, item: DeskItem, workflowId: string): DeskEntry {
  const { task, waits, since, due, ...rest } = item;
  const able = answerers(state, item);
  const operators = operatorsOf(state);
  const hold = holdOnTask(state, task);
  // What is held takes input, and may be skipped.
  const isHeld = hold !== undefined && waits !== 'input';
  const isForOperators = waits === 'blocked' || able === undefined;
  return {
    task,
    waits,
    ...rest,
    since: iso(since),
    ...(due === undefined ? {} : { due: iso(due) }),
    ...(hold === undefined ? {} : { held: `held by ${hold.by}: ${hold.reason}` }),
    who: able ?? [],
    ...(able === undefined || isHeld ? {} : { command: taskCommand(workflowId, answers[waits], task, onlyOne(able)) }),
    ...(isForOperators && operators !== undefined ? { skip: skipCommand(workflowId, task, onlyOne(operators)) } : {}),
  };
}

/** Who may answer an item of the desk. */
function answerers(state: GatesState, { waits, agents }: DeskItem): Able {
  if (state.people === null) return [];
  const names = Object.entries(state.people).flatMap(([by, person]) => {
    const sender = { kind: 'listed', person } as const;
    const may = waits === 'blocked' ? mayOperate(state, sender) : holdsOne(sender, agents);
    return may ? [by] : [];
  });
  return names.length === 0 ? undefined : names;
}

/** What an item of the desk waits for, and since or until when. */
export function deskInWords(item: DeskEntry, isOpenMode: boolean): string {
  const { due, overdue, held } = item;
  const time = due === undefined ? [] : [overdue === true ? `overdue since ${second(due)}` : `due ${second(due)}`];
  return [waitsInWords(item, isOpenMode), ...time, ...(held === undefined ? [] : [held])].join(' · ');
}

function waitsInWords({ waits, agents, who, reason, since }: DeskEntry, isOpenMode: boolean): string {
  const names = who.length > 0 ? ` (${who.join(', ')})` : isOpenMode ? '' : ' (nobody)';
  if (waits === 'complete') return `waits for completion by ${agents.join(', ')}${names}`;
  if (waits === 'input') return `${reason ?? `waits for input from ${agents.join(', ')}`}${names}`;
  return `blocked since ${second(since)}, for operators${names}: ${reason ?? 'it cannot go on by itself'}`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
