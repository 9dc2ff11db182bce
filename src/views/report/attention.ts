import type { DeskEntry, OpenGate } from '../../contract/answers.ts';
import { type Block, type Cell, paragraph, table } from '../page/blocks.ts';
import { needsInWords } from '../words.ts';
import { gateInWords, namesInWords, slipInWords, type Subject } from './subject.ts';

/** Rows of each table. */
const ROWS = 100;

/** What somebody has to do something about: tasks that are blocked or late or wait for people, and gates that are to be decided. */
export function attention(subject: Subject): Block[] {
  const { standing } = subject;
  if (standing.endedAt !== undefined) return unfinished(subject);
  const blocks = [...taskTable(subject), ...gateTable(subject)];
  if (standing.desk === undefined) {
    return [...paragraph('No worker answered, so what waits for people now is not known.'), ...blocks];
  }
  return blocks.length === 0
    ? paragraph('Nothing: no task is late, blocked or waiting for people, and no gate is open.')
    : blocks;
}

function taskTable(subject: Subject): Block[] {
  const { standing, schedule, tasks, dates } = subject;
  const { desk: waiting = [] } = standing;
  const desk = new Map(waiting.map((item) => [item.task, item]));
  const late = schedule.tasks.filter(({ isLate, task }) => isLate && !desk.has(task));
  const lateness = new Map(schedule.tasks.flatMap((one) => (one.isLate ? [[one.task, one.slip] as const] : [])));
  const title = (ref: string) => `${ref} ${tasks.get(ref)?.task.title ?? ''}`;
  const rows: (readonly Cell[])[] = [
    ...waiting.map((item): Cell[] => {
      const slip = lateness.get(item.task);
      const wrong = [deskInWords(item), ...(slip === undefined ? [] : [slipInWords(slip, subject)])].join('; ');
      return [
        title(item.task),
        wrong,
        asked(item, standing.plan.people === undefined),
        dates.instant(Date.parse(item.since)),
        commandOf(item.command ?? item.skip),
      ];
    }),
    ...late.map(({ task, slip, planned }): Cell[] => [
      title(task),
      `${slipInWords(slip, subject)}: it should have ended on ${dates.instant(planned.end)}${because(subject, task)}`,
      tasks.get(task)?.task.agent ?? '',
      '',
      '',
    ]),
  ];
  return [
    ...table(
      'Tasks that are blocked, late or waiting for people',
      ['Task', 'What is the matter', 'Who is asked', 'Since', 'Answer'],
      rows.slice(0, ROWS),
    ),
    ...paragraph(
      rows.length > ROWS
        ? `${String(ROWS)} of ${String(rows.length)} tasks are shown; the status query has all of them.`
        : '',
    ),
  ];
}

function because({ standing }: Subject, task: string): string {
  const { because: why } = standing.tasks[task] ?? {};
  return why === undefined ? '' : `; it waits for ${why}`;
}

function deskInWords({ waits, reason, overdue, held, delivers = [] }: DeskEntry): string {
  const what =
    waits === 'blocked'
      ? `blocked: ${reason ?? 'it cannot go on by itself'}`
      : waits === 'input'
        ? (reason ?? 'waits for a contribution')
        : `to be completed${delivers.length === 0 ? '' : ` with ${delivers.join(', ')}`}`;
  const until = overdue === true ? ['its due date has passed'] : [];
  return [what, ...until, ...(held === undefined ? [] : [held])].join('; ');
}

function asked({ who, agents, waits }: DeskEntry, isOpenMode: boolean): string {
  const role = waits === 'blocked' ? 'operators' : agents.join(', ');
  if (who.length > 0) return `${namesInWords(who)} (${role})`;
  return isOpenMode ? `anyone (${role})` : `nobody who is listed (${role})`;
}

function gateTable({ standing, dates }: Subject): Block[] {
  const rows = standing.open.map((gate): Cell[] => [
    gateInWords(gate.gate),
    lackingInWords(gate),
    deciders(gate),
    [
      gate.openedAt === undefined ? '' : dates.instant(Date.parse(gate.openedAt)),
      ...(gate.deadline === undefined ? [] : [`deadline ${dates.instant(Date.parse(gate.deadline))}`]),
    ].join(', '),
    commandOf(gate.command ?? gate.override?.command),
  ]);
  return table(
    'Gates that are to be decided',
    ['Gate', 'What is missing', 'Who is asked', 'Open since', 'Answer'],
    rows.slice(0, ROWS),
  );
}

/** Criteria that a row names. */
const CRITERIA = 6;

function lackingInWords({ state, rejection, unmet, waits, stuck }: OpenGate): string {
  if (state === 'rejected') {
    const again = rejection?.rework.length ? `, to be done again: ${namesInWords(rejection.rework)}` : '';
    return `rejected by ${rejection?.by ?? 'the phase'}: ${rejection?.reason ?? ''}${again}`;
  }
  const criteria = unmet.slice(0, CRITERIA).map((one) => `${one.text} (${needsInWords(one)})`);
  const more = unmet.length - criteria.length;
  return [
    ...criteria,
    ...(more > 0 ? [`${String(more)} more criteria`] : []),
    ...waits,
    ...(stuck === undefined ? [] : [stuck]),
  ].join('; ');
}

function deciders({ unmet, who = [], command }: OpenGate): string {
  const people = [...new Set([...who, ...unmet.flatMap((one) => one.who)])];
  if (people.length > 0) return namesInWords(people);
  return command === undefined ? 'nobody: checks decide' : 'anyone';
}

function commandOf(command: string | undefined): Cell {
  return command === undefined ? '' : { command };
}

/** What was left when a phase ended before its completion. */
function unfinished({ standing, schedule, tasks }: Subject): Block[] {
  if (standing.stage === 'completed') return [];
  const left = schedule.tasks.filter(({ isOver }) => !isOver);
  const rows = left.slice(0, ROWS).map(({ task }): Cell[] => {
    const { state = 'pending', because: why = '' } = standing.tasks[task] ?? {};
    return [`${task} ${tasks.get(task)?.task.title ?? ''}`, stateInWords(state), why];
  });
  return [
    ...table('Tasks that were not finished', ['Task', 'State at the end', 'Why'], rows),
    ...paragraph(left.length > ROWS ? `${String(ROWS)} of ${String(left.length)} tasks are shown.` : ''),
  ];
}

/** The state of a task, in the words of a delivery lead. */
export function stateInWords(state: string): string {
  const words: { readonly [state: string]: string } = {
    pending: 'not started',
    running: 'in progress',
    waiting: 'waiting for people',
    blocked: 'blocked',
    done: 'finished',
    skipped: 'skipped',
  };
  return words[state] ?? state;
}
