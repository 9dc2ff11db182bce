import { own } from '../../base/json.ts';
import { plainLine } from '../../base/text.ts';
import type { Draft } from '../../gates/draft.ts';
import { type SignOff, UAT, type UatFact, uatOf } from '../uat/model.ts';
import { closedBy, enter, nothingDone, type Outcome } from './facts.ts';
import { kept } from './kept.ts';
import { type Issue, ISSUES, issuesOf, keyOf, OPEN_ISSUES } from './model.ts';

/** Opens an issue for a case that a user has declined, and closes that of a case that a user has accepted. */
export function takeSignOff(draft: Draft): void {
  const { last, sessions } = uatOf(draft.state);
  const before = issuesOf(draft.state);
  if (last === undefined || last.number <= before.signOffs) return;
  const session = own(sessions, last.environment);
  const outcome = nothingDone();
  const key = keyOf({ suite: UAT, environment: last.environment, case: last.key });
  const known = before.issues.find(({ found }) => found !== undefined && keyOf(found) === key);
  const now = session === undefined ? undefined : afterSignOff(known, last, session, outcome);
  const isFull = before.issues.filter(({ state }) => state !== 'closed').length >= OPEN_ISSUES;
  const next = { ...before, signOffs: last.number };
  if (now === undefined || (known === undefined && isFull)) {
    draft.setSlice(ISSUES, next);
    return;
  }
  const added = known === undefined ? { ...now, id: `I-${String(before.counter + 1)}` } : now;
  if (known === undefined) outcome.opened.push(added.id);
  const issues =
    known === undefined ? [...before.issues, added] : before.issues.map((one) => (one === known ? now : one));
  const counter = before.counter + (known === undefined ? 1 : 0);
  draft.setSlice(ISSUES, kept({ ...next, issues, counter, changes: before.changes + 1 }));
  enter(draft, { on: `${UAT}/${last.environment}`, outcome, by: last.by });
}

function afterSignOff(
  known: Issue | undefined,
  last: SignOff,
  { cases, revision, severity = 'high', component = '', agent = '' }: UatFact,
  outcome: Outcome,
): Issue | undefined {
  const { by, at } = last;
  if (last.result === 'passed') {
    if (known === undefined || known.state === 'closed') return undefined;
    outcome.closed.push(known.id);
    return closedBy(known, { at, revision, by });
  }
  const note = plainLine(last.note ?? '', 300);
  const failure = { failedAt: revision, message: note };
  if (known === undefined) {
    return {
      id: '',
      found: { suite: UAT, environment: last.environment, case: last.key },
      title: plainLine(cases.find(({ key }) => key === last.key)?.title ?? last.key, 160),
      severity,
      component,
      agent,
      state: 'open',
      opened: { at, revision, by },
      ...failure,
      reopened: 0,
      rounds: 0,
    };
  }
  if (known.state === 'open' || known.state === 'deferred') return { ...known, ...failure };
  outcome.reopened.push(known.id);
  const { closed: _, because: _why, ...rest } = known;
  return { ...rest, ...failure, state: 'open', reopened: known.reopened + 1 };
}
