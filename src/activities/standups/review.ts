import { counted, days } from '../../base/text.ts';
import type { MilestoneStage } from '../../contract/answers.ts';
import type { DeliveryView } from '../../contract/delivery.ts';
import type { ReviewPart } from '../../plan/reporting.ts';
import { needsInWords } from '../../views/words.ts';
import type { Drawn } from './drawn.ts';
import { type TaskFacts, tasksOf } from './facts.ts';
import { PlanClock } from '../../views/planned.ts';
import { type Schedule, type ScheduleInput, scheduleOf } from '../../views/schedule.ts';
import type { Drawing } from './standup.ts';

const titles: { readonly [part in ReviewPart]: string } = {
  milestones: 'Milestones',
  tests: 'Test results',
  issues: 'Issues',
  schedule: 'Planned against actual',
  decisions: 'Decisions since the last review',
  stakeholders: 'What is asked of stakeholders',
};

/** How plan days pass, and the instant of the review. */
type Around = Pick<ScheduleInput, 'now' | 'pace' | 'dayMs' | 'calendar'>;

interface Review {
  readonly view: DeliveryView;
  readonly schedule: Schedule;
  readonly around: Around;
  readonly when: (at: number) => string;
}

/**
 * Draws a review: milestones against their goals, tests, issues, planned against actual with the expected end, decisions since the
 * last one, and what stakeholders have to do.
 */
export function drawReview({ title, view, statuses, parts, when }: Drawing<ReviewPart>, around: Around): Drawn {
  const tasks = tasksOf(view, statuses);
  const over = tasks.filter(({ isOver }) => isOver).length;
  const schedule = scheduleOf(inputOf(view, tasks, around));
  const whole = view.milestones.every(({ stage }) => stage === 'done');
  const done = view.milestones.filter(({ stage }) => stage === 'done').length;
  const expected = whole || tasks.length === 0 ? '' : ` The work is expected to end ${when(schedule.forecast.end)}.`;
  const told = view.milestones.map((milestone) => ({
    ...milestone,
    tasks: tasks.filter((task) => task.milestone === milestone),
  }));
  const review: Review = { view: { ...view, milestones: told }, schedule, around, when };
  return {
    title,
    lead: `${String(done)} of ${counted(view.milestones.length, 'milestone')} and ${String(over)} of ${counted(tasks.length, 'task')} done.${expected}`,
    sections: parts.map(({ part, line }) => {
      const lines = linesOf[part](review);
      return { title: line ?? titles[part], lines: lines.length === 0 ? ['none'] : lines };
    }),
  };
}

function inputOf({ milestones, startedAt }: DeliveryView, tasks: readonly TaskFacts[], around: Around): ScheduleInput {
  const { now } = around;
  return {
    ...around,
    startedAt: startedAt ?? Math.min(now, ...milestones.flatMap(({ began }) => began ?? [])),
    plan: {
      milestones: milestones.map(({ number, plannedDays, tasks: own }) => ({
        number,
        plannedDays,
        lanes: [
          { tasks: own.map(({ task, before, ...planned }) => ({ ...planned, ref: task, after: before, needs: [] })) },
        ],
      })),
      milestoneDependencies: milestones.flatMap(({ number, after }) => after.map((from) => ({ from, to: number }))),
    },
    // The phase alone does not know when a task that is over has ended.
    tasks: Object.fromEntries(
      tasks.map(({ task, isOver, startedAt: from, endedAt }) => [
        task,
        { startedAt: from, endedAt: isOver ? (endedAt ?? now) : undefined },
      ]),
    ),
    milestones: Object.fromEntries(
      milestones.map(({ number, began, ended }) => [number, { startedAt: began, endedAt: ended }]),
    ),
  };
}

const stages: { readonly [stage in MilestoneStage]: string } = {
  pending: 'not begun',
  entry: 'waits at its entry gate',
  work: 'in work',
  exit: 'work done, waits at its exit gate',
  quality: 'work done, waits at its quality gate',
  done: 'done',
};

const linesOf: { readonly [part in ReviewPart]: (review: Review) => string[] } = {
  milestones: ({ view }) =>
    view.milestones.map(({ number, title, stage, tasks, criteria: { met, total } }) => {
      const over = tasks.filter(({ isOver }) => isOver).length;
      return `${number} ${title}: ${stages[stage]}; ${String(over)} of ${counted(tasks.length, 'task')} done, ${String(met)} of ${counted(total, 'goal')} of its gates met`;
    }),
  tests: ({ view }) => view.suites.map(({ name, summary }) => `Suite ${name}: ${summary}`),
  issues: ({ view: { issues } }) => {
    const { open, resolved, deferred, closed, beyond, gravest } = issues;
    if (open + resolved + deferred + closed + beyond === 0) return [];
    const counts = [
      ...[`${String(open)} open`, `${String(resolved)} mended and not retested`, `${String(closed)} closed`],
      ...(deferred === 0 ? [] : [`${String(deferred)} deferred`]),
      ...(beyond === 0 ? [] : [`${String(beyond)} failing cases beyond what the log holds`]),
    ];
    return [
      `Issues: ${counts.join(', ')}`,
      ...gravest.map(
        ({ id, severity, state, title, who }) =>
          `${id}, ${severity}, ${state}${who === '' ? '' : `, ${who}`}: ${title}`,
      ),
    ];
  },
  schedule: ({ view, schedule, around, when }) =>
    view.milestones.map(({ number, stage, plannedDays, began, workEnded }) => {
      const isOver = stage === 'done';
      const actual = began === undefined ? undefined : new PlanClock(around).exactDays(began, workEnded ?? around.now);
      const took =
        actual === undefined
          ? 'not begun'
          : `${days(actual)} ${isOver || stage === 'exit' || stage === 'quality' ? 'taken' : 'so far'}`;
      const end = schedule.milestones.find((one) => one.number === number)?.forecast.end;
      const until = end === undefined ? '' : `; ${isOver ? 'ended' : 'expected to end'} ${when(end)}`;
      return `${number}: ${days(plannedDays)} planned, ${took}${until}`;
    }),
  decisions: ({ view: { decisions, dropped }, when }) => [
    ...(dropped.decisions === 0 ? [] : [`and ${counted(dropped.decisions, 'earlier decision')}, in the ledger`]),
    ...decisions.map(({ at, what, on, by, reason }) => {
      const where = on === undefined ? '' : ` ${on}`;
      return `${when(at)}: ${what}${where}${by === undefined ? '' : ` by ${by}`}: ${reason}`;
    }),
  ],
  stakeholders: ({ view, when }) => [
    ...view.gates.flatMap(({ gate, title, state, unmet, deadline, command }) => {
      const asked = unmet.filter(({ needs }) => needs !== '');
      if (state === 'rejected') return [`${gate} ${title} was rejected and waits to be opened again`];
      if (asked.length === 0) return [];
      const until = deadline === undefined ? '' : `, until ${when(Date.parse(deadline))}`;
      const how = command === undefined ? '' : `; ${command}`;
      return [`${gate} ${title}${until}: ${asked.map((one) => `${one.text}: ${needsInWords(one)}`).join('; ')}${how}`];
    }),
    ...view.desk.map(({ task, title, waits, who, agents, reason }) => {
      const whom = who.length === 0 ? agents.join(', ') : who.join(', ');
      if (waits === 'blocked')
        return `${task} ${title} is blocked and waits for operators${who.length === 0 ? '' : ` (${whom})`}: ${reason ?? ''}`;
      return `${task} ${title} waits for ${waits === 'input' ? 'input from ' : ''}${whom}`;
    }),
  ],
};
