import { type Block, paragraph, table } from '../page/blocks.ts';
import type { GanttBar, GanttGroup } from '../page/gantt.ts';
import type { Scheduled, ScheduledTask } from '../schedule.ts';
import { stateInWords } from './attention.ts';
import { stageInWords } from './headline.ts';
import { isShort, namesInWords, slipInWords, type Subject } from './subject.ts';

/** Tasks of the chart, and rows of the table below it. */
const TASKS = 400;

/** Planned against real times: a chart, a row for each milestone, and a table of all tasks. */
export function timeline(subject: Subject): Block[] {
  const { standing, schedule } = subject;
  const { plan, milestones } = standing;
  const rows = schedule.milestones.map((one) => {
    const title = plan.milestones.find(({ number }) => number === one.number)?.title ?? '';
    return [`${one.number} ${title}`, stageInWords(milestones[one.number]?.stage), ...timesInWords(subject, one)];
  });
  return [
    { kind: 'gantt', chart: chartOf(subject) },
    ...paragraph(
      schedule.tasks.length > TASKS ? `The chart has ${String(TASKS)} of ${String(schedule.tasks.length)} tasks.` : '',
    ),
    ...table(
      'Milestones',
      [
        'Milestone',
        'State',
        'Planned',
        standing.endedAt === undefined ? 'Actual, then expected' : 'Actual',
        'Difference',
      ],
      rows,
    ),
    ...paragraph(critical(subject)),
    ...paragraph(basis(subject)),
    ...taskTable(subject),
  ];
}

function critical({ schedule, tasks, standing }: Subject): string {
  const { criticalPath } = schedule;
  if (criticalPath.length === 0) return '';
  const names = criticalPath.map((ref) => `${ref} ${tasks.get(ref)?.task.title ?? ''}`);
  const verb = standing.endedAt === undefined ? 'decide' : 'have decided';
  return `These tasks ${verb} when the phase ends (the critical path): ${namesInWords(names, 20)}.`;
}

function basis({ standing, dates, day }: Subject): string {
  const expected =
    'What is expected follows from what has happened, if every task takes as long as planned from now on; decisions are taken as made at once.';
  const counted = isShort(standing.dayMs) ? '' : `, and differences are counted in ${day}s`;
  const clock = `Times are by the clock of ${dates.zone}${counted}.`;
  return standing.endedAt === undefined ? `${expected} ${clock}` : clock;
}

function chartOf(subject: Subject): Extract<Block, { readonly kind: 'gantt' }>['chart'] {
  const { standing, schedule, dates, tasks } = subject;
  const path = new Set(schedule.criticalPath);
  const shown = schedule.tasks.slice(0, TASKS);
  const groups = schedule.milestones.map((milestone): GanttGroup => {
    const { title = '' } = standing.plan.milestones.find(({ number }) => number === milestone.number) ?? {};
    return {
      title: `${milestone.number} ${title}`,
      bar: barOf(subject, milestone, { name: `Milestone ${milestone.number} ${title}`, isCritical: false }),
      rows: shown
        .filter((one) => one.milestone === milestone.number)
        .map((one) => {
          const label = `${one.task.slice(one.milestone.length + 1)} ${tasks.get(one.task)?.task.title ?? ''}`;
          return { label, bar: barOf(subject, one, { name: label, isCritical: path.has(one.task) }) };
        }),
    };
  });
  const end = standing.endedAt === undefined ? 'is expected to end' : 'ended';
  return {
    title: `Planned and real times of phase ${standing.plan.number}`,
    description: `From ${dates.instant(schedule.forecast.start)}. Planned to end on ${dates.instant(schedule.planned.end)}; ${end} on ${dates.instant(schedule.forecast.end)}, ${slipInWords(schedule.slip, subject)}. The tables below have every milestone and task.`,
    groups,
    now: standing.endedAt === undefined ? standing.at : undefined,
    dates,
  };
}

function barOf(
  subject: Subject,
  one: Scheduled & Partial<Pick<ScheduledTask, 'beforehand'>>,
  { name, isCritical }: { readonly name: string; readonly isCritical: boolean },
): GanttBar {
  const { planned, actual, forecast, isLate, isOver, beforehand = false } = one;
  const { at, endedAt } = subject.standing;
  const words = `${name}: ${timesInWords(subject, one)
    .filter((part) => part !== '')
    .join('; ')}`;
  const bar = { planned, isCritical, words };
  if (beforehand) return { ...bar, state: 'done' };
  if (isOver) return { ...bar, state: 'done', actual: forecast };
  const isEnded = endedAt !== undefined;
  const began = actual.startedAt;
  const late = isLate ? 'late' : 'running';
  if (began === undefined)
    return isEnded ? { ...bar, state: 'pending' } : { ...bar, state: isLate ? 'late' : 'pending', forecast };
  const soFar = { start: began, end: Math.max(began, at) };
  return { ...bar, state: late, actual: soFar, ...(isEnded ? {} : { forecast }) };
}

/** Planned, real and expected times, and how they differ. */
function timesInWords(
  subject: Subject,
  {
    planned,
    actual,
    forecast,
    slip,
    isOver,
    beforehand = false,
  }: Scheduled & Partial<Pick<ScheduledTask, 'beforehand'>>,
): [planned: string, actual: string, difference: string] {
  const { dates, standing } = subject;
  const plan = `${dates.instant(planned.start)} to ${dates.instant(planned.end)}`;
  if (beforehand) return [plan, 'done before the phase', ''];
  const isEnded = standing.endedAt !== undefined;
  if (isOver)
    return [plan, `${dates.instant(forecast.start)} to ${dates.instant(forecast.end)}`, slipInWords(slip, subject)];
  if (isEnded)
    return [
      plan,
      actual.startedAt === undefined ? 'not started' : `started ${dates.instant(actual.startedAt)}, not finished`,
      '',
    ];
  const began =
    actual.startedAt === undefined ? `expected ${dates.instant(forecast.start)}` : dates.instant(actual.startedAt);
  return [plan, `${began}, expected to end ${dates.instant(forecast.end)}`, slipInWords(slip, subject)];
}

function taskTable(subject: Subject): Block[] {
  const { schedule, tasks, standing } = subject;
  const path = new Set(schedule.criticalPath);
  const rows = schedule.tasks.slice(0, TASKS).map((one) => {
    const { task, lane } = tasks.get(one.task) ?? {};
    const { state = 'pending', by } = standing.tasks[one.task] ?? {};
    const who = [task?.agent ?? '', ...(by === undefined ? [] : [by])].filter((name) => name !== '').join(', ');
    return [
      `${one.task} ${task?.title ?? ''}`,
      lane?.title ?? '',
      who,
      `${stateInWords(state)}${path.has(one.task) ? ', on the critical path' : ''}`,
      ...timesInWords(subject, one),
    ];
  });
  const left = schedule.tasks.length - rows.length;
  const caption =
    left === 0
      ? 'All tasks'
      : `${String(rows.length)} of ${String(schedule.tasks.length)} tasks; the plan has all of them`;
  const head = ['Task', 'Lane', 'Who', 'State', 'Planned', 'Actual or expected', 'Difference'];
  return [
    {
      kind: 'details',
      summary: `All tasks with their times (${String(rows.length)})`,
      blocks: table(caption, head, rows),
    },
  ];
}
