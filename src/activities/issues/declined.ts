import { own } from '../../base/json.ts';
import { plainLine } from '../../base/text.ts';
import type { Draft } from '../../gates/draft.ts';
import type { GatesState } from '../../gates/model.ts';
import { isAtLeast, type Severity } from '../../plan/severity.ts';
import { type CaseVerdict, type Session, type SignOff, UAT, uatOf } from '../uat/model.ts';
import { closedBy, enter, nothingDone, type Outcome } from './facts.ts';
import { full, kept } from './kept.ts';
import { type Issue, ISSUES, issuesOf, keyOf } from './model.ts';

/** Of a session that names no severity. */
const SEVERITY = 'high';

/** A case that a user has declined, and that has no issue. */
interface Unfiled {
  readonly session: Session;
  readonly key: string;
  readonly verdict: CaseVerdict;
}

/** Closes the issue of a case that a user has accepted, and opens that of one that a user has declined again. */
export function takeSignOff(draft: Draft): void {
  const { last, sessions } = uatOf(draft.state);
  const before = issuesOf(draft.state);
  if (last === undefined || last.number <= before.signOffs) return;
  const session = own(sessions, last.environment);
  const outcome = nothingDone();
  const known = issueOf(draft.state, last);
  const next = { ...before, signOffs: last.number };
  const now =
    session === undefined || known === undefined ? undefined : afterSignOff(known, last, session.revision, outcome);
  if (now === undefined) {
    draft.setSlice(ISSUES, next);
    return;
  }
  const issues = before.issues.map((one) => (one === known ? now : one));
  draft.setSlice(ISSUES, kept({ ...next, issues, changes: before.changes + 1 }));
  enter(draft, { on: `${UAT}/${last.environment}`, outcome, by: last.by });
}

/** Opens an issue for each case that a user has declined and that has none, as far as there is room; the others wait for it. */
export function fileDeclined(draft: Draft): void {
  for (const { environment } of Object.values(uatOf(draft.state).sessions)) {
    const outcome = nothingDone();
    const people = new Set<string>();
    for (const one of unfiled(draft.state)) {
      const before = issuesOf(draft.state);
      if (one.session.environment !== environment || full(before) !== undefined) continue;
      const issue = issueFor(one, `I-${String(before.counter + 1)}`);
      outcome.opened.push(issue.id);
      people.add(one.verdict.by);
      const { issues, counter, changes } = before;
      const log = { ...before, issues: [...issues, issue], counter: counter + 1, changes: changes + 1 };
      draft.setSlice(ISSUES, kept(log));
    }
    const [by, ...others] = people;
    if (by !== undefined) {
      enter(draft, { on: `${UAT}/${environment}`, outcome, ...(others.length === 0 ? { by } : {}) });
    }
  }
}

/** Why a case that is declined now gets no issue; `undefined`: it gets one, or has one. */
export function whyUnfiled(state: GatesState, place: Pick<SignOff, 'environment' | 'key'>): string | undefined {
  return issueOf(state, place) === undefined ? full(issuesOf(state)) : undefined;
}

/** Cases at this severity or above that users have declined and that have no issue. */
export function unfiledAt(state: GatesState, severity: Severity): number {
  return unfiled(state).filter(({ session }) => isAtLeast(session.severity ?? SEVERITY, severity)).length;
}

function unfiled(state: GatesState): Unfiled[] {
  const declined = Object.values(uatOf(state).sessions).flatMap((session) =>
    Object.entries(session.verdicts).flatMap(([key, verdict]) =>
      verdict.result === 'failed' ? [{ session, key, verdict }] : [],
    ),
  );
  if (declined.length === 0) return [];
  const known = new Set(issuesOf(state).issues.flatMap(({ found }) => (found === undefined ? [] : keyOf(found))));
  return declined.filter(({ session: { environment }, key }) => !known.has(addressOf({ environment, key })));
}

function issueOf(state: GatesState, place: Pick<SignOff, 'environment' | 'key'>): Issue | undefined {
  const address = addressOf(place);
  return issuesOf(state).issues.find(({ found }) => found !== undefined && keyOf(found) === address);
}

function addressOf({ environment, key }: Pick<SignOff, 'environment' | 'key'>): string {
  return keyOf({ suite: UAT, environment, case: key });
}

function issueFor({ session, key, verdict }: Unfiled, id: string): Issue {
  const { environment, cases, revision, severity = SEVERITY, component = '', agent = '' } = session;
  const { by, at, note = '' } = verdict;
  return {
    id,
    found: { suite: UAT, environment, case: key },
    title: plainLine(cases.find((one) => one.key === key)?.title ?? key, 160),
    severity,
    component,
    agent,
    state: 'open',
    opened: { at, revision, by },
    failedAt: revision,
    message: plainLine(note, 300),
    reopened: 0,
    rounds: 0,
  };
}

function afterSignOff(known: Issue, last: SignOff, revision: string, outcome: Outcome): Issue | undefined {
  const { by, at, note = '' } = last;
  if (last.result === 'passed') {
    if (known.state === 'closed') return undefined;
    outcome.closed.push(known.id);
    return closedBy(known, { at, revision, by });
  }
  const failure = { failedAt: revision, message: plainLine(note, 300) };
  if (known.state === 'open' || known.state === 'deferred') return { ...known, ...failure };
  outcome.reopened.push(known.id);
  const { closed: _, because: _why, ...rest } = known;
  return { ...rest, ...failure, state: 'open', reopened: known.reopened + 1 };
}
