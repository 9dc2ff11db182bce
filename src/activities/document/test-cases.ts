import { inert, table } from '../../base/markdown.ts';
import { counted } from '../../base/text.ts';
import type { PhaseIdentity } from '../../contract/kinds.ts';
import { drawDocument, type DrawnDocument, withRest } from './document.ts';
import type { Known, LoadedRun } from './known.ts';

/** Cases of one suite that the text lists. */
const LISTED = 2_000;

/** Draws the list of test cases as they are now, with those that fixes have added or changed. */
export function testCases(phase: PhaseIdentity, { uat, issues }: Known, runs: readonly LoadedRun[]): DrawnDocument {
  const sessions = Object.values(uat.sessions);
  const total = runs.reduce((sum, { cases }) => sum + cases.length, 0);
  const users = sessions.reduce((sum, { cases }) => sum + cases.length, 0);
  const changed = issues.issues.flatMap(({ id, resolution }) =>
    (resolution?.cases ?? []).map((name) => ({ name, issue: id, by: resolution?.by ?? '' })),
  );
  const acceptance = users === 0 ? '' : `, and ${counted(users, 'case')} of user acceptance`;
  return drawDocument({
    name: 'test-cases',
    phase,
    verdict: `${counted(total, 'case')} in ${counted(runs.length, 'suite')}${acceptance}`,
    good: total + users > 0,
    parts: [
      '## Added or changed by fixes',
      table(
        ['Case', 'Issue', 'By'],
        changed.map(({ name, issue, by }) => [name, issue, by]),
        'None.',
      ),
      ...runs.flatMap(suiteSection),
      ...sessions.flatMap(({ environment, cases }) => [
        `## User acceptance in ${inert(environment)}`,
        table(
          ['Case', 'Title', 'Steps'],
          cases.map(({ key, title, steps }) => [key, title, steps]),
          'None.',
        ),
      ]),
    ],
    data: {
      suites: runs.map(({ key, result, cases }) => ({
        key,
        caseSet: result.caseSet,
        cases: cases.map(({ key: name, criteria = [] }) => ({ key: name, criteria })),
      })),
      changed,
      acceptance: sessions.map(({ environment, cases }) => ({ environment, cases })),
    },
  });
}

function suiteSection({ key, result, cases }: LoadedRun): string[] {
  const { rows, rest } = withRest(cases, LISTED, 'cases');
  return [
    `## ${inert(key)}`,
    `${counted(cases.length, 'case')}; SHA-256 of their sorted keys: ${inert(result.caseSet)}`,
    table(
      ['Case', 'Criteria', 'Last result'],
      rows.map(({ key: name, criteria = [], state }) => [name, criteria.join(', '), state]),
      'None.',
    ),
    ...rest,
  ];
}
