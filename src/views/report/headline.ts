import { counted } from '../../base/text.ts';
import type { MilestoneStage } from '../../contract/answers.ts';
import { type Block, table } from '../page/blocks.ts';
import { namesInWords, slipInWords, type Subject } from './subject.ts';

/** Share of the planned days whose tasks are finished, in percent; tasks that were done before the phase do not count. */
export function percentDone({ standing, schedule, tasks }: Subject): number {
  const counting = schedule.tasks.filter(({ beforehand }) => !beforehand);
  // A bar without a length is a mark.
  const weight = ({ task }: { readonly task: string }) => tasks.get(task)?.task.days ?? 0;
  const sum = (of: typeof counting) => of.reduce((total, one) => total + weight(one), 0);
  const all = sum(counting);
  if (all === 0) return counting.every(({ isOver }) => isOver) && standing.stage === 'completed' ? 100 : 0;
  return Math.floor((100 * sum(counting.filter(({ isOver }) => isOver))) / all);
}

/** Where the phase is, in one sentence. */
export function headline(subject: Subject): string {
  const { standing, schedule, dates } = subject;
  const { stage, endedAt = standing.at, ending } = standing;
  const done = `${String(percentDone(subject))} % of the planned work is done`;
  if (stage === 'completed') {
    const late = slipInWords(schedule.slip, subject);
    const milestones = counted(standing.plan.milestones.length, 'milestone');
    return `Completed on ${dates.instant(endedAt)}, ${late}: ${milestones} finished, and every gate is cleared.`;
  }
  if (stage === 'failed') return `The phase failed on ${dates.instant(endedAt)}; until then ${was(done)}.`;
  if (stage === 'cancelled' || stage === 'ended') {
    return `The phase was ${ending ?? stage} on ${dates.instant(endedAt)}; until then ${was(done)}.`;
  }
  const expected = `it is expected to end on ${dates.instant(schedule.forecast.end)}, ${slipInWords(schedule.slip, subject)}`;
  return `${place(subject)}: ${done}, and ${expected}. ${waits(subject)}`;
}

function was(done: string): string {
  return done.replace(' is done', ' had been done');
}

/** What is going on. */
function place({ standing }: Subject): string {
  const { plan, milestones } = standing;
  const active = plan.milestones.filter(({ number }) => isUnderWay(milestones[number]?.stage));
  if (active.length === 0) {
    const isDone = plan.milestones.every(({ number }) => milestones[number]?.stage === 'done');
    return isDone
      ? 'All milestones are finished, and the completion of the phase is to be decided'
      : 'The phase has not begun its first milestone';
  }
  const names = active.map(({ number, title }) => `${number} ${title} (${stageInWords(milestones[number]?.stage)})`);
  return `${active.length === 1 ? 'Milestone' : 'Milestones'} ${namesInWords(names, 3)}`;
}

function isUnderWay(stage: MilestoneStage | undefined): boolean {
  return stage !== undefined && stage !== 'pending' && stage !== 'done';
}

const stages: { readonly [stage in MilestoneStage]: string } = {
  pending: 'not started',
  entry: 'its start is to be decided',
  work: 'in progress',
  exit: 'its results are being judged',
  quality: 'its quality is being judged',
  done: 'finished',
};

/** Where a milestone is, in the words of a delivery lead. */
export function stageInWords(stage: MilestoneStage = 'pending'): string {
  return stages[stage];
}

function waits({ standing }: Subject): string {
  const { desk, open } = standing;
  if (desk === undefined) return 'No worker answered, so what waits for people now is not known.';
  const blocked = desk.filter((item) => item.waits === 'blocked').length;
  const asked = desk.length - blocked;
  const gates = open.filter(({ state }) => state === 'open').length;
  const parts = [...(gates === 0 ? [] : [counted(gates, 'gate')]), ...(asked === 0 ? [] : [counted(asked, 'task')])];
  const people =
    parts.length === 0
      ? 'Nothing waits for people'
      : `${namesInWords(parts)} ${gates + asked === 1 ? 'waits' : 'wait'} for people`;
  return blocked === 0
    ? `${people}.`
    : `${people}; ${counted(blocked, 'task')} ${blocked === 1 ? 'is' : 'are'} blocked.`;
}

/** The figures that people ask for first. */
export function glance(subject: Subject): Block[] {
  const { standing, schedule, dates } = subject;
  const { plan, milestones, issues, suites, startedAt } = standing;
  const finished = plan.milestones.filter(({ number }) => milestones[number]?.stage === 'done').length;
  const late = schedule.tasks.filter(({ isLate }) => isLate).length;
  const failing = Object.values(suites).filter((runs) => (runs.at(-1)?.cases.failed ?? 0) > 0).length;
  const isEnded = standing.endedAt !== undefined;
  return table(
    'The phase in figures',
    ['Figure', 'Value'],
    [
      ['Work done', `${String(percentDone(subject))} % of the planned days of all tasks`],
      ['Milestones finished', `${String(finished)} of ${String(plan.milestones.length)}`],
      ['Started', `${dates.instant(startedAt)} by ${standing.by}`],
      ['Planned end', dates.instant(schedule.planned.end)],
      [
        isEnded ? 'Ended' : 'Expected end',
        `${dates.instant(standing.endedAt ?? schedule.forecast.end)}, ${slipInWords(schedule.slip, subject)}`,
      ],
      ...(isEnded ? [] : [['Late tasks', String(late)]]),
      [
        'Open issues',
        `${String(issues.open + issues.resolved)} of ${String(issues.open + issues.resolved + issues.closed + issues.deferred)} found`,
      ],
      ...(Object.keys(suites).length === 0
        ? []
        : [
            [
              'Test suites',
              failing === 0
                ? `${counted(Object.keys(suites).length, 'suite')}, none with a failing case`
                : `${String(failing)} of ${String(Object.keys(suites).length)} with failing cases`,
            ],
          ]),
    ],
  );
}
