import { codeBlock, line } from '../base/text.ts';
import type { DeskEntry, PhaseStatus, ProgressEntry } from '../contract/answers.ts';
import { type Able, operatorsOf } from '../gates/able.ts';
import { holdsOne, mayOperate } from '../gates/messages/authorise.ts';
import type { DeskItem, GatesState } from '../gates/model.ts';
import { holdOnTask, holdsOf } from '../gates/rules/hold.ts';
import { second } from '../gates/rules/waits.ts';
import type { BoardSection } from '../gates/slice.ts';
import { onlyOne, releaseCommand, signalCommand, skipCommand, taskCommand } from './commands.ts';

/** The items that wait for people: blocked tasks, then overdue tasks, then the rest, each with the commands that a person may send. */
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
    due: due === undefined ? undefined : iso(due),
    held: hold === undefined ? undefined : `held by ${hold.by}: ${hold.reason}`,
    who: able ?? [],
    ...(able === undefined || isHeld ? {} : { command: commandFor(workflowId, item, onlyOne(able)) }),
    ...(isForOperators && operators !== undefined ? { skip: skipCommand(workflowId, task, onlyOne(operators)) } : {}),
  };
}

function commandFor(workflowId: string, { task, waits, delivers = [] }: DeskItem, by: string): string {
  const outputs = Object.fromEntries(delivers.map((name) => [name, `YOUR_${name.toUpperCase()}`]));
  return taskCommand(workflowId, answers[waits], task, by, delivers.length === 0 ? undefined : outputs);
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
function deskInWords(item: DeskEntry, isOpenMode: boolean): string {
  const { due, overdue, held, reads = [], delivers = [] } = item;
  const time = due === undefined ? [] : [overdue === true ? `overdue since ${second(due)}` : `due ${second(due)}`];
  const about = [
    ...(reads.length === 0 ? [] : [`read ${reads.join(', ')}`]),
    ...(delivers.length === 0 ? [] : [`delivers ${delivers.join(', ')}`]),
  ];
  return [waitsInWords(item, isOpenMode), ...about, ...time, ...(held === undefined ? [] : [held])].join(' · ');
}

function waitsInWords({ waits, agents, who, reason, since }: DeskEntry, isOpenMode: boolean): string {
  const names = who.length > 0 ? ` (${who.join(', ')})` : isOpenMode ? '' : ' (no person)';
  if (waits === 'complete') return `waits for completion by ${agents.join(', ')}${names}`;
  if (waits === 'input') return `${reason ?? `waits for input from ${agents.join(', ')}`}${names}`;
  return `blocked since ${second(since)}, for operators${names}: ${reason ?? 'it cannot go on by itself'}`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

/** Of the desk with its commands, of which a phase of hundreds of tasks has more than a board holds. */
const DESK_CHARACTERS = 8_000;
/** Notes on progress that the board shows, and items of a slice. */
const NOTES = 15;
const ITEMS = 10;

/** What the board says of tasks: what waits for people, and what they have said of progress. */
export function deskSections(gates: GatesState, workflowId: string): string[] {
  return [...deskSection(gates, workflowId), ...progressSection(gates)];
}

/** Every item with its commands, as far as there is room: details are cut at 20,000 characters, and more stands below. */
function deskSection(gates: GatesState, workflowId: string): string[] {
  const desk = shownDesk(gates, workflowId);
  if (desk.length === 0) return [];
  const items: string[] = [];
  const commands: string[] = [];
  let left = DESK_CHARACTERS;
  for (const entry of desk) {
    const item = `- **${entry.task} ${line(entry.title)}** · ${line(deskInWords(entry, gates.people === null))}`;
    const mine = [entry.command, entry.skip].filter((one) => one !== undefined);
    left -= [item, ...mine].reduce((sum, { length }) => sum + length + 1, 0);
    if (left < 0) break;
    items.push(item);
    commands.push(...mine);
  }
  const more = desk.length - items.length;
  const rest = more === 0 ? [] : [`- and ${String(more)} more, in the \`status\` query`];
  return [['### Desk', '', ...items, ...rest, ...codeBlock(commands)].join('\n')];
}

function progressSection(gates: GatesState): string[] {
  const notes = shownProgress(gates);
  if (notes.length === 0) return [];
  const items = notes
    .slice(0, NOTES)
    .map(({ task, by, at, note }) => `- **${task}** · ${line(by)}, ${second(at)} · ${line(note)}`);
  const more = notes.length - items.length;
  const rest = more === 0 ? [] : [`- and ${String(more)} older, in the \`status\` query`];
  return [['### Progress', '', ...items, ...rest].join('\n')];
}

/** A slice's section, clipped to what people read. */
export function sliceSection(section: BoardSection, workflowId: string): string {
  const { title, items, most = ITEMS, query = 'status' } = section;
  const shown = items.slice(0, most);
  const more = items.length - shown.length;
  const rest = more === 0 ? [] : [`- and ${String(more)} more, in the \`${query}\` query`];
  const commands = shown.flatMap(({ answer }) =>
    answer === undefined ? [] : [signalCommand(workflowId, answer.name, { ...answer.input, by: onlyOne(answer.able) })],
  );
  return [`### ${title}`, '', ...shown.map(({ text }) => `- ${text}`), ...rest, ...codeBlock(commands)].join('\n');
}

/** The last notes on tasks that are not over, newest first. */
export function shownProgress({ progress }: GatesState): ProgressEntry[] {
  return Object.entries(progress)
    .map(([task, { by, at, note }]) => ({ task, by, at: new Date(at).toISOString(), note }))
    .toReversed();
}

/** What is held, with the command that releases it. */
export function shownHolds(state: GatesState, workflowId: string): PhaseStatus['holds'] {
  const able = operatorsOf(state);
  return Object.fromEntries(
    Object.entries(holdsOf(state)).map(([on, { by, at, reason }]) => [
      on,
      {
        by,
        at: new Date(at).toISOString(),
        reason,
        release: able === undefined ? undefined : releaseCommand(workflowId, on, onlyOne(able)),
      },
    ]),
  );
}
