import type { Milestone, Task } from '../../src/plan/model.ts';
import type { Terminal } from './terminal.ts';

/** Columns of one plan day where there is room. */
const DAY_WIDTH = 4;
/** Width of charts where lines have no limit. */
const UNLIMITED = 100;

interface Scale {
  /** Columns of the whole chart. */
  readonly room: number;
  readonly labelWidth: number;
  /** Columns of one plan day; may be a fraction. */
  readonly day: number;
}

/** A milestone's Gantt chart in text: days across, one line for each task below its lane's title. */
export function chart({ lanes, plannedDays }: Milestone, { width, plain }: Terminal): string {
  const tasks = lanes.flatMap((lane) => lane.tasks);
  const idWidth = Math.max(0, ...tasks.map(({ id }) => id.length));
  const label = ({ id, title }: Task): string => `  ${id.padEnd(idWidth)} ${title}`;
  const longest = Math.max(0, ...tasks.map((task) => label(task).length));
  const room = Math.min(width, UNLIMITED);
  const labelWidth = Math.min(longest, Math.floor(room * 0.6));
  const scale: Scale = {
    room,
    labelWidth,
    day: Math.min(DAY_WIDTH, (room - labelWidth - 1) / Math.max(plannedDays, 1)),
  };
  const fill = plain ? { steps: '#', people: '=' } : { steps: '█', people: '▒' };
  const line = (task: Task): string => {
    const start = Math.round(task.start * scale.day);
    const end = Math.max(start + 1, Math.round((task.start + task.days) * scale.day));
    const bar = (task.steps.length > 0 ? fill.steps : fill.people).repeat(end - start);
    return `${label(task).slice(0, labelWidth).padEnd(labelWidth)} ${' '.repeat(start)}${bar}`;
  };
  return [
    axis(plannedDays, scale),
    ...lanes.flatMap((lane) => [`${lane.title} (${lane.agent || 'no agent'})`, ...lane.tasks.map(line)]),
    `${fill.steps} by steps, ${fill.people} by people`,
  ].join('\n');
}

/** Day numbers, as many as fit without touching. */
function axis(plannedDays: number, { room, labelWidth, day }: Scale): string {
  let line = `${'  day'.padEnd(labelWidth)} `;
  for (let number = 1; number <= Math.ceil(plannedDays); number += 1) {
    const column = labelWidth + 1 + Math.round((number - 1) * day);
    const fits = column > line.length && column + String(number).length <= room;
    if (number === 1 || fits) line = line.padEnd(column) + String(number);
  }
  return line;
}
