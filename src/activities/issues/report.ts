import { plainLine } from '../../base/text.ts';
import type { Draft } from '../../gates/draft.ts';
import type { Evidence, Verdict } from '../../gates/ledger.ts';
import { answer } from '../../gates/messages/answer.ts';
import { senderOf, unlisted } from '../../gates/messages/authorise.ts';
import type { Envelope } from '../../gates/messages/envelope.ts';
import { meant } from '../../gates/messages/shape.ts';
import type { Message } from '../../gates/slice.ts';
import type { Severity } from '../../plan/severity.ts';
import { full, kept } from './kept.ts';
import { type CaseOf, type Issue, ISSUES, issuesOf, type IssuesState, keyOf, runOf } from './model.ts';

/** A message about issues: its keys have been checked by their shape. */
export interface IssueMessage extends Message {
  readonly issue?: string;
  readonly title?: string;
  readonly severity?: Severity;
  readonly component?: string;
  readonly case?: string;
  readonly cases?: readonly string[];
  readonly to?: string;
  readonly reason?: string;
  readonly revision?: string;
}

/** What a person has found to be wrong. A case has one issue: a second report of it changes nothing. */
export function report(draft: Draft, message: IssueMessage, envelope: Envelope): Verdict {
  const { state, at } = draft;
  const { by, title = '', severity = 'high', component, case: address, evidence } = message;
  if (senderOf(state, by) === undefined) return answer(draft, envelope, 'UNKNOWN', unlisted(state, by));
  if (plainLine(title, 160) === '') {
    return answer(draft, envelope, 'REFUSED', 'say in "title" what is wrong: it has nothing that people can see');
  }
  const log = issuesOf(state);
  const found = address === undefined ? undefined : caseAt(log, address);
  if (typeof found === 'string') return answer(draft, envelope, 'UNKNOWN', found);
  const known = found === undefined ? undefined : log.issues.find((one) => isOf(one, found));
  if (known !== undefined && known.state !== 'closed') {
    return answer(
      draft,
      { ...envelope, on: known.id },
      'REPEATED',
      `${known.id} is about that case, and is ${known.state}`,
    );
  }
  const why = full(log);
  if (why !== undefined) return answer(draft, envelope, 'REFUSED', why);
  const issue = reported(log, { title, severity, component, found, by, at, evidence });
  // A case has one issue: the one that was closed goes on.
  const issues =
    known === undefined ? [...log.issues, issue] : log.issues.map((one) => (one === known ? again(known, issue) : one));
  const id = known?.id ?? issue.id;
  const counter = log.counter + (known === undefined ? 1 : 0);
  draft.setSlice(ISSUES, kept({ ...log, issues, counter, changes: log.changes + 1 }));
  const close = found === undefined ? '' : '; a round has to see its case pass, by this very key';
  const now = known === undefined ? 'open' : 'open again';
  return answer(draft, { ...envelope, on: id }, 'ACCEPTED', `${id} is ${now}${close}`);
}

function reported(
  { counter, seen }: IssuesState,
  said: Pick<Issue, 'title' | 'severity'> & {
    component: string | undefined;
    found: CaseOf | undefined;
    by: string;
    at: number;
    evidence: Evidence | undefined;
  },
): Issue {
  const { title, severity, component, found, by, at, evidence } = said;
  const run = found === undefined ? undefined : seen[runOf(found)];
  return {
    id: `I-${String(counter + 1)}`,
    ...(found === undefined ? {} : { found }),
    title: plainLine(title, 160),
    severity,
    component: plainLine(component ?? run?.component ?? '', 100),
    agent: run?.agent ?? '',
    state: 'open',
    opened: {
      at,
      by,
      ...(run === undefined ? {} : { revision: run.revision }),
      ...(evidence === undefined ? {} : { evidence }),
    },
    // Without a set of cases: whether the case is one of the suite, only a run can tell.
    ...(run === undefined ? {} : { failedAt: run.revision }),
    reopened: 0,
    rounds: 0,
  };
}

function again(known: Issue, issue: Issue): Issue {
  const { id, opened, rounds, reopened } = known;
  return { ...issue, id, opened, rounds, reopened: reopened + 1 };
}

function isOf({ found }: Issue, wanted: CaseOf): boolean {
  return found !== undefined && keyOf(found) === keyOf(wanted);
}

/** The case that `suite/environment/case` names; a sentence when no such suite has run. */
function caseAt({ seen }: IssuesState, address: string): CaseOf | string {
  const [suite = '', environment = '', ...rest] = address.split('/');
  const key = rest.join('/');
  const runs = Object.keys(seen);
  if (!runs.includes(`${suite}/${environment}`)) {
    const known = runs.length === 0 ? 'no suite has run yet' : meant(`${suite}/${environment}`, runs);
    return `"case" begins with a suite and its environment, which have run: ${known}`;
  }
  if (key === '' || key.length > 200) return '"case" ends with the key of a case, of at most 200 characters';
  return { suite, environment, case: key };
}
