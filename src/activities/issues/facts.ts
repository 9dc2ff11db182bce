import { bytesOf, own } from '../../base/json.ts';
import { counted, plainLine, shortOf } from '../../base/text.ts';
import type { Draft } from '../../gates/draft.ts';
import type { Evidence } from '../../gates/ledger.ts';
import { AHEAD_MS, type FailingCase, isComplete, type SuiteFact, UNSTATED } from '../suite/fact.ts';
import { kept } from './kept.ts';
import {
  ALL_ISSUES,
  type Issue,
  ISSUES,
  ISSUES_BYTES,
  issuesOf,
  type IssuesState,
  OPEN_ISSUES,
  runOf,
  type SeenRun,
  SUITES,
} from './model.ts';

/** Issues that an entry of the ledger names. */
const NAMED = 10;

/** What one fact, or one message, has done to issues. */
export interface Outcome {
  readonly opened: string[];
  readonly reopened: string[];
  /** Said to be mended, while the revision is the one that fails. */
  readonly returned: string[];
  readonly closed: string[];
}

export function nothingDone(): Outcome {
  return { opened: [], reopened: [], returned: [], closed: [] };
}

/**
 * Opens, reopens and closes issues by the last run of a suite. A run that has been heard of, or has ended before the last one, changes
 * nothing: facts are told again when workers or workflows begin anew.
 */
export function takeSuite(draft: Draft, fact: SuiteFact): void {
  const before = issuesOf(draft.state);
  const run = runOf(fact);
  const at = Date.parse(fact.at);
  const seen = own(before.seen, run);
  if (at > draft.at + AHEAD_MS) {
    const ahead = counted(Math.round((at - draft.at) / 60_000), 'minute');
    const reason = `left out: by its worker's clock the run ends ${ahead} from now; set that clock, and run the suite again`;
    draft.record({ what: 'issues', trust: 'phase', on: run, code: 'REFUSED', reason, evidence: fact.result });
    return;
  }
  if (seen !== undefined && at <= seen.at) return;
  if (seen === undefined && Object.keys(before.seen).length >= SUITES) return;

  const outcome = nothingDone();
  const known = retested(before.issues, fact, draft.at, outcome);
  const { issues, counter, missed } = withNew({ ...before, issues: known }, fact, draft.at, outcome);
  const { revision, caseSet, component, agent, severity } = fact;
  const last: SeenRun = { at, revision, caseSet, component, agent, severity, beyond: missed + (fact.more ?? 0) };
  const hasChanged =
    Object.values(outcome).some((ids: string[]) => ids.length > 0) || last.beyond !== (seen?.beyond ?? 0);
  draft.setSlice(
    ISSUES,
    kept({
      ...before,
      issues,
      counter,
      changes: before.changes + (hasChanged ? 1 : 0),
      seen: { ...before.seen, [run]: last },
    }),
  );
  if (hasChanged) enter(draft, { on: run, outcome, evidence: fact.result, beyond: last.beyond });
}

/** One entry of the ledger for all that a fact has done. */
export function enter(
  draft: Draft,
  said: { on: string; outcome: Outcome; evidence?: Evidence; beyond?: number; by?: string },
): void {
  const { on, outcome, evidence, beyond = 0, by } = said;
  const parts = Object.entries(outcome).flatMap(([what, ids]: [string, string[]]) =>
    ids.length === 0 ? [] : [`${what} ${named(ids)}${what === 'returned' ? ': no new revision runs' : ''}`],
  );
  const more = beyond === 0 ? [] : [`${counted(beyond, 'failing case')} beyond what the log holds`];
  const reason = [...parts, ...more].join('; ');
  draft.record({
    what: 'issues',
    trust: 'phase',
    on,
    code: 'ACCEPTED',
    reason: reason === '' ? 'every failing case has an issue' : reason,
    ...(by === undefined ? {} : { by }),
    ...(evidence === undefined ? {} : { evidence }),
  });
}

function named(ids: readonly string[]): string {
  const more = ids.length - NAMED;
  return `${ids.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}

const FLAKY = 'it has failed, and passed when it was run again';
const UNTOLD =
  'the suite has other cases since it failed, or too many to name, and the last run has not told that it has passed';

const UNSEEN =
  'no run has told of a case with this key since it was reported, and it may be mistyped; it is closed when a round asks for it and sees it pass';

/** The issues of a suite, as its run has left them. */
function retested(issues: readonly Issue[], fact: SuiteFact, at: number, outcome: Outcome): Issue[] {
  const failing = new Map(fact.failing.map((one) => [one.key, one]));
  const flaky = new Set(fact.flaky);
  const skipped = new Set(fact.skipped);
  const passing = new Set(fact.passing);
  // A case that is listed nowhere has passed, if it is a case of the suite still, and nothing is left out of the lists. That it is one
  // is known once it has failed: a person may have mistyped it.
  const hasPassed = (key: string, caseSet: string | undefined) =>
    passing.has(key) || (caseSet === fact.caseSet && isComplete(fact));
  return issues.map((issue) => {
    const { found } = issue;
    if (found === undefined || found.suite !== fact.suite || found.environment !== fact.environment) return issue;
    const failed = failing.get(found.case);
    if (failed !== undefined) return afterFailure(issue, fact, failed, outcome);
    if (issue.state === 'closed') return issue;
    if (flaky.has(found.case)) return because(issue, `flaky at revision ${shortOf(fact.revision)}: ${FLAKY}`);
    if (skipped.has(found.case)) return because(issue, `skipped at revision ${shortOf(fact.revision)}`);
    if (!hasPassed(found.case, issue.caseSet)) return because(issue, issue.caseSet === undefined ? UNSEEN : UNTOLD);
    return afterPass(issue, fact, at, outcome);
  });
}

function afterFailure(issue: Issue, fact: SuiteFact, failed: FailingCase, outcome: Outcome): Issue {
  const { revision } = fact;
  const { because: _, ...known } = issue;
  const now: Issue = { ...known, ...aboutFailure(fact, failed) };
  if (issue.state === 'open' || issue.state === 'deferred') return now;
  if (issue.state === 'closed') {
    outcome.reopened.push(issue.id);
    const { closed: _closed, ...rest } = now;
    return { ...rest, ...textsOf(fact, failed), state: 'open', reopened: issue.reopened + 1 };
  }
  const { resolution } = issue;
  if (issue.failedAt === revision && revision !== UNSTATED) {
    outcome.returned.push(issue.id);
    return { ...now, state: 'open', because: noNewRevision(issue, revision) };
  }
  if (resolution?.revision !== undefined && resolution.revision !== revision) {
    const why = `revision ${shortOf(revision)} was tested, and ${resolution.by} has named ${shortOf(resolution.revision)}`;
    return { ...now, because: why };
  }
  outcome.reopened.push(issue.id);
  return { ...now, state: 'open', reopened: issue.reopened + 1 };
}

function afterPass(issue: Issue, { revision }: SuiteFact, at: number, outcome: Outcome): Issue {
  const isMended = revision === UNSTATED ? issue.state === 'resolved' : issue.failedAt !== revision;
  if (isMended) {
    outcome.closed.push(issue.id);
    return closedBy(issue, { at, revision });
  }
  if (issue.state === 'resolved') {
    outcome.returned.push(issue.id);
    return { ...issue, state: 'open', because: noNewRevision(issue, revision) };
  }
  return because(
    issue,
    `it passes now at revision ${shortOf(revision)}, at which it has failed: flaky, or dependent on something else`,
  );
}

function noNewRevision({ resolution }: Issue, revision: string): string {
  const by = resolution === undefined ? '' : ` by ${resolution.by}`;
  return `resolved${by}, but no new revision runs: it is still ${shortOf(revision)}`;
}

/** Sets why an issue is still there. A deferred one is nobody's question. */
function because(issue: Issue, why: string): Issue {
  return issue.state === 'deferred' || issue.because === why ? issue : { ...issue, because: why };
}

/** A closed issue is one line of the log: what was only needed to mend it goes. */
export function closedBy(issue: Issue, closed: NonNullable<Issue['closed']>): Issue {
  const { message: _m, evidence: _e, because: _b, caseSet: _c, assignee: _a, deferral: _d, ...line } = issue;
  return { ...line, title: plainLine(line.title, 100), state: 'closed', closed };
}

/** Opens an issue for each failing case that has none, as far as there is room. */
function withNew(
  { issues, counter }: Pick<IssuesState, 'issues' | 'counter'>,
  fact: SuiteFact,
  at: number,
  outcome: Outcome,
): { issues: Issue[]; counter: number; missed: number } {
  const run = runOf(fact);
  const known = new Set(issues.flatMap(({ found }) => (found !== undefined && runOf(found) === run ? found.case : [])));
  const missing = new Map(fact.failing.filter(({ key }) => !known.has(key)).map((one) => [one.key, one]));
  const all = [...issues];
  let number = counter;
  const unclosed = issues.filter(({ state }) => state !== 'closed');
  const open = unclosed.filter(({ state }) => state === 'open').length;
  let bytes = missing.size === 0 ? 0 : bytesOf(unclosed);
  let missed = 0;
  for (const failed of missing.values()) {
    const issue: Issue = {
      id: `I-${String(number + 1)}`,
      found: { suite: fact.suite, environment: fact.environment, case: failed.key },
      ...textsOf(fact, failed),
      state: 'open',
      opened: { at, revision: fact.revision, evidence: fact.result },
      ...aboutFailure(fact, failed),
      reopened: 0,
      rounds: 0,
    };
    bytes += bytesOf(issue);
    const added = number - counter;
    if (open + added >= OPEN_ISSUES || unclosed.length + added >= ALL_ISSUES || bytes > ISSUES_BYTES) {
      missed += 1;
      continue;
    }
    all.push(issue);
    outcome.opened.push(issue.id);
    number += 1;
  }
  return { issues: all, counter: number, missed };
}

/** What follows from the suite. */
function textsOf(fact: SuiteFact, failed: FailingCase): Pick<Issue, 'title' | 'severity' | 'component' | 'agent'> {
  const title = plainLine(failed.title, 160);
  return {
    title: title === '' ? plainLine(failed.key, 160) : title,
    severity: fact.severity,
    component: plainLine(fact.component, 100),
    agent: fact.agent,
  };
}

/** What follows from the last failure. */
function aboutFailure(
  fact: SuiteFact,
  failed: FailingCase,
): Pick<Issue, 'failedAt' | 'caseSet' | 'message' | 'evidence'> {
  const message = plainLine(failed.message, 300);
  return { failedAt: fact.revision, caseSet: fact.caseSet, message, evidence: fact.result };
}
