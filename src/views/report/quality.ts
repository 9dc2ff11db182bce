import type { ShownIssue } from '../../contract/answers.ts';
import type { SuiteRun } from '../../contract/standing.ts';
import { counted, shortOf } from '../../base/text.ts';
import { type Block, paragraph, table } from '../page/blocks.ts';
import { stateInWords } from './attention.ts';
import type { Subject } from './subject.ts';

/** Rows of the tables. */
const ISSUES = 100;
const SUITES = 100;

/** What testing and people have found to be wrong. */
export function issues({ standing, dates }: Subject): Block[] {
  const { open, resolved, deferred, closed, beyond, issues: all, more } = standing.issues;
  const total = open + resolved + deferred + closed;
  if (total === 0 && beyond === 0) return paragraph('None was found.');
  const rows = all
    .slice(0, ISSUES)
    .map((issue) => [
      `${issue.id} ${issue.title}`,
      issue.severity,
      issueInWords(issue),
      issue.assignee ?? issue.agent,
      dates.instant(Date.parse(issue.opened.at)),
      issue.resolution?.note ?? issue.deferral?.reason ?? issue.because ?? issue.message ?? '',
    ]);
  const left = all.length + more - rows.length;
  return [
    ...paragraph(
      `${counted(total, 'issue')}: ${String(open)} open, ${String(resolved)} said to be mended and not tested again yet, ${String(closed)} closed, ${String(deferred)} left for later.${beyond === 0 ? '' : ` ${counted(beyond, 'failing case')} more have no issue, because there are too many.`}`,
    ),
    ...table('Issues, open ones first', ['Issue', 'Severity', 'State', 'Who', 'Found', 'Said last'], rows),
    ...paragraph(
      left > 0
        ? `${String(rows.length)} issues are shown, and ${String(left)} are left out: the issue log among the reports has all of them.`
        : '',
    ),
  ];
}

function issueInWords({ state, reopened, closed, deferral }: ShownIssue): string {
  const words = { open: 'open', resolved: 'mended, to be tested again', closed: 'closed', deferred: 'left for later' };
  const by =
    state === 'closed' && closed?.by !== undefined
      ? ` by ${closed.by}`
      : state === 'deferred' && deferral !== undefined
        ? ` by ${deferral.by}`
        : '';
  return `${words[state]}${by}${reopened === 0 ? '' : `, came back ${counted(reopened, 'time')}`}`;
}

/** The last result of each suite, how it differs from the one before, and all of them as a chart. */
export function tests({ standing, dates }: Subject): Block[] {
  const { suites } = standing;
  const keys = Object.keys(suites).toSorted();
  if (keys.length === 0) return [];
  const rows = keys.slice(0, SUITES).map((key) => {
    const runs = suites[key] ?? [];
    const last = runs.at(-1);
    return [
      key,
      ...(last === undefined ? ['', '', '', '', ''] : rowOf(last, runs, dates.instant(Date.parse(last.at)))),
    ];
  });
  const head = [
    'Suite and environment',
    'Cases passed',
    'Failed, flaky, skipped',
    'Since the run before',
    'Last run',
    'Revision',
  ];
  return [
    ...table('Last results of the test suites', head, rows),
    ...(Object.values(suites).some((runs) => runs.length > 1) ? [{ kind: 'trend' as const, history: suites }] : []),
    ...paragraph(keys.length > SUITES ? `${String(SUITES)} of ${String(keys.length)} suites are shown.` : ''),
  ];
}

function rowOf({ cases, revision }: SuiteRun, runs: readonly SuiteRun[], at: string): string[] {
  const { total, passed, failed, flaky, skipped } = cases;
  return [
    `${String(passed)} of ${String(total)}`,
    `${String(failed)}, ${String(flaky)}, ${String(skipped)}`,
    changeInWords(runs),
    at,
    shortOf(revision),
  ];
}

function changeInWords(runs: readonly SuiteRun[]): string {
  const [before, last] = runs.slice(-2);
  if (before === undefined || last === undefined) return 'first run';
  const change = last.cases.passed - before.cases.passed;
  if (change === 0) return 'as many passed';
  return `${counted(Math.abs(change), 'case')} ${change > 0 ? 'more' : 'fewer'} passed`;
}

/** Tasks and gates that come next. */
export function next({ standing, schedule, tasks, dates }: Subject): Block[] {
  const { plan, stage, endedAt } = standing;
  if (endedAt !== undefined) {
    const { number, title } = plan.nextPhase ?? {};
    if (stage !== 'completed')
      return paragraph('The phase has ended. A new one can be started from the milestone where this one stopped.');
    const name = number === undefined ? 'The next phase' : `Phase ${number}${title === undefined ? '' : `, ${title}`},`;
    return paragraph(`${name} begins with the hand-over of ${standing.workflowId}, which is in the records.`);
  }
  const open = schedule.tasks.filter(({ isOver }) => !isOver);
  const rows = open
    .toSorted((one, other) => one.forecast.end - other.forecast.end)
    .slice(0, NEXT)
    .map(({ task, forecast, actual }) => [
      `${task} ${tasks.get(task)?.task.title ?? ''}`,
      tasks.get(task)?.task.agent ?? '',
      stateInWords(standing.tasks[task]?.state ?? 'pending'),
      actual.startedAt === undefined
        ? `starts ${dates.instant(forecast.start)}`
        : `started ${dates.instant(actual.startedAt)}`,
      `ends ${dates.instant(forecast.end)}`,
    ]);
  const milestone = plan.milestones.find(
    ({ number }) => (standing.milestones[number]?.stage ?? 'pending') === 'pending',
  );
  return [
    ...table('The tasks that are expected to end next', ['Task', 'Who', 'State', 'Start', 'End'], rows),
    ...paragraph(
      milestone === undefined
        ? 'Every milestone has begun. After the last one, the completion of the phase is decided.'
        : `The next milestone to begin is ${milestone.number} ${milestone.title}.`,
    ),
  ];
}

const NEXT = 10;
