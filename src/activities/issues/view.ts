import { bytesOf, type JsonObject } from '../../base/json.ts';
import type { IssuesView, ShownIssue } from '../../contract/answers.ts';
import type { GatesState } from '../../gates/model.ts';
import { severities } from '../../plan/severity.ts';
import { type Issue, isOpen, issuesOf, keyOf } from './model.ts';

/** Bytes of an answer: a message to a client holds 4 MB, and people read what is open. */
const VIEW_BYTES = 1_000_000;

const states: readonly Issue['state'][] = ['open', 'resolved', 'deferred', 'closed'];

/** How many issues are neither closed nor deferred. */
export function openIssues(state: GatesState): number {
  return issuesOf(state).issues.filter(isOpen).length;
}

/** Issues that a hand-over names. */
const HANDED_OVER = 100;

/** What the next phase has to know: how many issues there were, and which of them were deferred, and why. */
export function handedOverIssues(state: GatesState): JsonObject | undefined {
  const { issues, counter, dropped } = issuesOf(state);
  if (counter === 0) return undefined;
  const deferred = issues.filter((issue) => issue.state === 'deferred');
  const closed = issues.filter((issue) => issue.state === 'closed').length + dropped;
  const shown = deferred.slice(0, HANDED_OVER).map(({ id, title, severity, component, deferral }): JsonObject => {
    const { by = '', reason = '' } = deferral ?? {};
    return { id, title, severity, component, by, reason };
  });
  return { found: counter, closed, deferred: shown, more: deferred.length - shown.length };
}

/** The `issues` query: the log, open issues first, the gravest of them first, and closed ones from the last on. */
export function issueView(state: Pick<GatesState, 'slices'>): IssuesView {
  const { issues, dropped, seen } = issuesOf(state);
  const sorted = issues.toSorted((one, other) => placeOf(one) - placeOf(other) || numberOf(other) - numberOf(one));
  const shown: ShownIssue[] = [];
  let bytes = 0;
  for (const issue of sorted) {
    const one = asShown(issue);
    bytes += bytesOf(one) + 1;
    if (bytes > VIEW_BYTES) break;
    shown.push(one);
  }
  const count = (wanted: Issue['state']) => issues.filter((issue) => issue.state === wanted).length;
  return {
    open: count('open'),
    resolved: count('resolved'),
    deferred: count('deferred'),
    closed: count('closed') + dropped,
    beyond: Object.values(seen).reduce((sum, run) => sum + run.beyond, 0),
    issues: shown,
    more: sorted.length - shown.length + dropped,
  };
}

function placeOf({ state, severity }: Issue): number {
  return states.indexOf(state) * severities.length + (state === 'closed' ? 0 : severities.indexOf(severity));
}

function numberOf({ id }: Issue): number {
  return Number(id.slice(2));
}

function asShown(issue: Issue): ShownIssue {
  const { found, opened, closed, resolution, deferral, caseSet: _caseSet, failedAt, ...same } = issue;
  return {
    ...same,
    ...(found === undefined ? {} : { key: keyOf(found) }),
    opened: { ...opened, at: iso(opened.at) },
    ...(failedAt === undefined ? {} : { failedAt }),
    ...(resolution === undefined ? {} : { resolution: { ...resolution, at: iso(resolution.at) } }),
    ...(deferral === undefined ? {} : { deferral: { ...deferral, at: iso(deferral.at) } }),
    ...(closed === undefined ? {} : { closed: { ...closed, at: iso(closed.at) } }),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
