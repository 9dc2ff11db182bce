import { table } from '../../base/markdown.ts';
import { counted, shortOf } from '../../base/text.ts';
import type { PhaseIdentity } from '../../contract/kinds.ts';
import { severities } from '../../plan/severity.ts';
import { type Issue, keyOf } from '../issues/model.ts';
import { drawDocument, type DrawnDocument, minuteOf } from './document.ts';
import type { Known } from './known.ts';

const states = ['open', 'resolved', 'deferred', 'closed'] as const;

/** Draws the issue resolution log: what was found, who has mended it, at which revision, and what the retest has found. */
export function issueLog(phase: PhaseIdentity, { issues: log }: Known): DrawnDocument {
  const { issues, dropped } = log;
  const count = (state: Issue['state'], among = issues) => among.filter((one) => one.state === state).length;
  const all = counted(issues.length + dropped, 'issue');
  const parts = states.flatMap((state) => (count(state) === 0 ? [] : [`${String(count(state))} ${state}`]));
  const unfinished = count('open') + count('resolved');
  return drawDocument({
    name: 'issue-log',
    phase,
    verdict: issues.length === 0 ? 'no issues' : `${all}: ${parts.join(', ')}`,
    good: unfinished === 0,
    parts: [
      '## By severity',
      table(
        ['Severity', 'Issues', ...states],
        severities.map((severity) => {
          const among = issues.filter((one) => one.severity === severity);
          return [severity, String(among.length), ...states.map((state) => String(count(state, among)))];
        }),
        'No issues.',
      ),
      ...states.flatMap((state) => section(issues, state)),
      ...(dropped === 0 ? [] : [`${counted(dropped, 'closed issue')} before these are in the ledger only.`]),
    ],
    data: { issues, dropped },
  });
}

function section(issues: readonly Issue[], state: Issue['state']): string[] {
  const rows = issues.filter((one) => one.state === state).map(rowOf);
  if (rows.length === 0) return [];
  const head = [
    'Issue',
    'Severity',
    'What',
    'Component',
    'Found',
    'Fixed by',
    'Fix',
    'Test cases',
    'Retest',
    'Reopened',
  ];
  return [`## ${state.charAt(0).toUpperCase()}${state.slice(1)}`, table(head, rows, 'None.')];
}

function rowOf(issue: Issue): string[] {
  const { id, severity, title, component, agent, assignee, found, opened, resolution, reopened } = issue;
  const what = found === undefined ? title : `${title} (${keyOf(found)})`;
  const at = opened.revision === undefined ? '' : ` at ${shortOf(opened.revision)}`;
  const by = opened.by === undefined ? '' : `, by ${opened.by}`;
  const responsible = assignee ?? agent;
  return [
    id,
    severity,
    what,
    component,
    `${minuteOf(opened.at)} UTC${at}${by}`,
    resolution === undefined
      ? responsible === ''
        ? ''
        : `(${responsible})`
      : `${resolution.by}, ${minuteOf(resolution.at)} UTC`,
    resolution?.note ?? '',
    casesOf(issue),
    retestOf(issue),
    String(reopened),
  ];
}

/** What of the tests a fix has changed. */
function casesOf({ resolution }: Issue): string {
  if (resolution === undefined) return '';
  const { cases = [], waiver } = resolution;
  return cases.length > 0 ? cases.join('; ') : `none: ${waiver ?? ''}`;
}

function retestOf({ state, closed, deferral, because, failedAt }: Issue): string {
  if (closed !== undefined && state === 'closed') {
    const at = closed.revision === undefined ? '' : ` at ${shortOf(closed.revision)}`;
    return closed.by === undefined
      ? `passed${at}, ${minuteOf(closed.at)} UTC`
      : `confirmed by ${closed.by}${at}, ${minuteOf(closed.at)} UTC`;
  }
  if (deferral !== undefined) return `deferred by ${deferral.by}, ${minuteOf(deferral.at)} UTC: ${deferral.reason}`;
  if (because !== undefined) return because;
  if (state === 'resolved') return 'not retested yet';
  return failedAt === undefined ? '' : `failed at ${shortOf(failedAt)}`;
}
