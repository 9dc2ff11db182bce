import { own } from '../../base/json.ts';
import { inert, table } from '../../base/markdown.ts';
import { counted, shortOf } from '../../base/text.ts';
import type { PhaseIdentity } from '../../contract/kinds.ts';
import { type Issue, keyOf } from '../issues/model.ts';
import { tally, type UatState } from '../uat/model.ts';
import { drawDocument, type DrawnDocument, minuteOf, withRest } from './document.ts';
import { type Known, type LoadedRun, sessionsIn } from './known.ts';
import { trendChart } from '../../views/page/trend.ts';

/** Failing cases of one suite that the text names. */
const FAILURES = 100;

/** Draws the results of all suites, how they went from run to run, and what fails. */
export function testResults(phase: PhaseIdentity, known: Known, runs: readonly LoadedRun[]): DrawnDocument {
  const { suites, uat, issues } = known;
  const totals = runs.map(({ result }) => result.cases);
  const sum = (of: 'total' | 'failed' | 'flaky' | 'skipped') => totals.reduce((all, cases) => all + cases[of], 0);
  const declined = Object.values(uat.sessions).flatMap((session) => tally(session).declined);
  const waiting = Object.values(uat.sessions).flatMap((session) => tally(session).waiting);
  const short = [
    ...(runs.length === 0 ? ['no suite has run'] : []),
    ...(sum('failed') === 0 ? [] : [`${String(sum('failed'))} failed`]),
    ...(sum('flaky') === 0 ? [] : [`${String(sum('flaky'))} flaky`]),
    ...(sum('skipped') === 0 ? [] : [`${String(sum('skipped'))} skipped`]),
    ...(declined.length === 0 ? [] : [`${String(declined.length)} declined by users`]),
    ...(waiting.length === 0 ? [] : [`${String(waiting.length)} not signed off`]),
  ];
  const count = `${counted(sum('total'), 'case')} in ${counted(runs.length, 'suite')}`;
  const verdict = short.length === 0 ? `all ${count} passed` : `${count}: ${short.join(', ')}`;
  const rounds = Object.values(suites.history).reduce((most, rows) => Math.max(most, rows.length), 0);
  return drawDocument({
    name: 'test-results',
    phase,
    verdict,
    good: short.length === 0,
    chart: {
      svg: trendChart(suites),
      alt: `Results of ${counted(runs.length, 'suite')} over ${counted(rounds, 'run')}`,
    },
    parts: ['## Suites', overview(runs), ...runs.flatMap((run) => failures(run, issues.issues)), ...acceptance(uat)],
    data: {
      suites: runs.map(({ key, result, cases }) => ({ key, ...result, cases: cases.filter(isNoted) })),
      history: suites.history,
      acceptance: sessionsIn(uat),
    },
  });
}

/** Cases that have passed are in the result itself, whose digest stands here. */
function isNoted({ state }: LoadedRun['cases'][number]): boolean {
  return state !== 'passed';
}

function overview(runs: readonly LoadedRun[]): string {
  return table(
    ['Suite', 'Environment', 'Revision', 'Run', 'Cases', 'Passed', 'Failed', 'Flaky', 'Skipped', 'Result (SHA-256)'],
    runs.map(({ result }) => {
      const { suite, environment, revision, at, cases } = result;
      const { total, passed, failed, flaky, skipped } = cases;
      const counts = [total, passed, failed, flaky, skipped].map(String);
      return [suite, environment, shortOf(revision), `${minuteOf(at)} UTC`, ...counts, result.result.sha256];
    }),
    'No suite has run.',
  );
}

function failures({ key, result, cases }: LoadedRun, issues: readonly Issue[]): string[] {
  const noted = cases.filter(({ state }) => state === 'failed' || state === 'flaky');
  if (noted.length === 0) return [];
  const known = new Map(issues.flatMap(({ id, found }) => (found === undefined ? [] : [[keyOf(found), id] as const])));
  const { rows, rest } = withRest(noted, FAILURES, 'cases');
  return [
    `## ${inert(key)}: what fails`,
    `Evidence: ${inert(result.result.where)}, SHA-256 ${result.result.sha256}`,
    table(
      ['Case', 'State', 'What it says', 'Issue'],
      rows.map(({ key: name, state, message = '' }) => [
        name,
        state,
        message.slice(0, 300),
        known.get(`${key}/${name}`) ?? '',
      ]),
      'Nothing.',
    ),
    ...rest,
  ];
}

function acceptance({ sessions }: UatState): string[] {
  const all = Object.values(sessions);
  if (all.length === 0) return [];
  const rows = all.flatMap(({ environment, revision, cases, verdicts }) =>
    cases.map(({ key, title }) => {
      const verdict = own(verdicts, key);
      const said =
        verdict === undefined
          ? ['not signed off', '', '']
          : [verdict.result, `${verdict.by}, ${minuteOf(verdict.at)} UTC`, verdict.note ?? ''];
      return [`${environment}/${key}`, title, shortOf(revision), ...said];
    }),
  );
  return ['## User acceptance', table(['Case', 'Title', 'Revision', 'Verdict', 'By', 'Note'], rows, 'No cases.')];
}
