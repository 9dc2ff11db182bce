import { counted } from '../../base/text.ts';
import type { Standing } from '../../contract/standing.ts';
import type { GateId, TaskRef } from '../../plan/gate-model.ts';
import type { Lane, Milestone, Task } from '../../plan/model.ts';
import { Dates } from '../page/dates.ts';
import { DAY } from '../planned.ts';
import { calendarOf, type Schedule, scheduleOf } from '../schedule.ts';

/** What the sections of a report are drawn from. */
export interface Subject {
  readonly standing: Standing;
  readonly schedule: Schedule;
  readonly dates: Dates;
  readonly tasks: ReadonlyMap<TaskRef, PlannedTask>;
  /** What a plan day is called: `working day` where a calendar counts them. */
  readonly day: string;
}

export interface PlannedTask {
  readonly task: Task;
  readonly lane: Lane;
  readonly milestone: Milestone;
}

/** Computes the schedule, and what else every section needs. */
export function subjectOf(standing: Standing): Subject {
  const { plan, startedAt, at, pace, dayMs, tasks, milestones } = standing;
  const calendar = calendarOf(plan, dayMs);
  const schedule = scheduleOf({ plan, startedAt, now: at, pace, dayMs, calendar, tasks, milestones });
  const length =
    Math.max(at, schedule.forecast.end, schedule.planned.end) - Math.min(startedAt, schedule.planned.start);
  const planned = plan.milestones.flatMap((milestone) =>
    milestone.lanes.flatMap((lane) =>
      lane.tasks.map((task): [TaskRef, PlannedTask] => [task.ref, { task, lane, milestone }]),
    ),
  );
  return {
    standing,
    schedule,
    dates: new Dates(calendar?.zone ?? plan.zone, length),
    tasks: new Map(planned),
    day: calendar !== undefined ? 'working day' : dayMs === DAY ? 'day' : 'plan day',
  };
}

/** `1.5 working days late`, `on time`, `0.3 days early`; `4 min 7 s late` where a plan day is so short that nobody counts in it. */
export function slipInWords(
  days: number,
  { day, standing: { dayMs } }: Pick<Subject, 'day'> & { readonly standing: Pick<Standing, 'dayMs'> },
): string {
  const rounded = Math.round(Math.abs(days) * 10) / 10;
  if (rounded === 0) return 'on time';
  const length = isShort(dayMs) ? lengthInWords(Math.abs(days) * dayMs) : counted(rounded, day);
  return `${length} ${days > 0 ? 'late' : 'early'}`;
}

/** Whether a plan day is so short that nobody counts in it. */
export function isShort(dayMs: number): boolean {
  return dayMs < 3_600_000;
}

/** `2 h 5 min`, `4 min 7 s`, `0.4 s` */
function lengthInWords(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${String(Math.round(seconds * 10) / 10)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min ${String(Math.floor(seconds % 60))} s`;
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
}

/** `Start of milestone 4.1`, as people speak of it. */
export function gateInWords(id: GateId): string {
  const cut = id.lastIndexOf('/');
  const kind = id.slice(cut + 1);
  if (cut < 0) return kind === 'entry' ? 'Start of the phase' : 'Completion of the phase';
  const of = id.slice(0, cut);
  const what = of.includes('/') ? (/\/\d+$/.test(of) ? `lane ${of}` : `task ${of}`) : `milestone ${of}`;
  const words: { readonly [kind: string]: string } = {
    entry: `Start of ${what}`,
    exit: `Results of ${what}`,
    quality: `Quality of ${what}`,
    changes: `Changes by ${what}`,
  };
  return words[kind] ?? id;
}

/** Names, as far as a line holds them. */
export function namesInWords(names: readonly string[], most = 5): string {
  const rest = names.length - most;
  const shown = names.slice(0, most);
  if (rest > 0) return `${shown.join(', ')} and ${String(rest)} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`;
}
