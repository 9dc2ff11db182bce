import { plainLine } from '../../base/text.ts';
import type { Draft } from '../../gates/draft.ts';
import type { Evidence, Verdict } from '../../gates/ledger.ts';
import { answer, FULL } from '../../gates/messages/answer.ts';
import {
  agentInWords,
  holdsOne,
  mayOperate,
  operatorsInWords,
  roleInWords,
  type Sender,
  senderOf,
  unlisted,
} from '../../gates/messages/authorise.ts';
import type { Envelope } from '../../gates/messages/envelope.ts';
import { meant } from '../../gates/messages/shape.ts';
import type { GatesState } from '../../gates/model.ts';
import type { Message, MessageKind } from '../../gates/slice.ts';
import type { Severity } from '../../plan/severity.ts';
import { UAT } from '../uat/model.ts';
import { closedBy } from './facts.ts';
import { isTested, resolvedBy, UNTESTED } from './fixes.ts';
import { hasRoom } from './kept.ts';
import { type CaseOf, type Issue, ISSUES, issuesOf, type IssuesState, keyOf, OPEN_ISSUES, runOf } from './model.ts';
import { deferrers } from './settings.ts';

/** A message about issues: its keys have been checked by their shape. */
interface IssueMessage extends Message {
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

/** The messages about issues. */
export const issueMessages = {
  reportIssue: {
    does: 'Reports something that is wrong',
    who: 'anyone who is listed under people',
    needs: ['title', 'severity', 'by'],
    takes: ['component', 'case'],
    judge: report,
  },
  assignIssue: {
    does: 'Gives an issue to a person; takes up again what was deferred',
    who: 'operators',
    needs: ['issue', 'to', 'by'],
    takes: [],
    judge: about(assign),
  },
  resolveIssue: {
    does: 'Says that an issue is mended, or confirms it where no suite can',
    who: 'people who hold the agent of the issue, or to whom it is assigned',
    needs: ['issue', 'by', 'note'],
    takes: ['cases', 'revision'],
    judge: about(resolve),
  },
  deferIssue: {
    does: 'Goes on without mending an issue',
    who: 'the role that the playbook names for it, or operators',
    needs: ['issue', 'by', 'reason'],
    takes: [],
    judge: about(defer),
  },
} as const satisfies { readonly [name: string]: MessageKind };

function report(draft: Draft, message: IssueMessage, envelope: Envelope): Verdict {
  const { state, at } = draft;
  const { by, title = '', severity = 'high', component, case: address, evidence } = message;
  if (senderOf(state, by) === undefined) return answer(draft, envelope, 'UNKNOWN', unlisted(state, by));
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
  if (log.issues.filter((one) => one.state !== 'closed').length >= OPEN_ISSUES || !hasRoom(log)) {
    return answer(
      draft,
      envelope,
      'REFUSED',
      `the log holds ${String(OPEN_ISSUES)} issues that are not closed; close some first`,
    );
  }
  const issue = reported(log, { title, severity, component, found, by, at, evidence });
  // A case has one issue: the one that was closed goes on.
  const issues =
    known === undefined ? [...log.issues, issue] : log.issues.map((one) => (one === known ? again(known, issue) : one));
  const id = known?.id ?? issue.id;
  const counter = log.counter + (known === undefined ? 1 : 0);
  draft.setSlice(ISSUES, { ...log, issues, counter, changes: log.changes + 1 });
  return answer(draft, { ...envelope, on: id }, 'ACCEPTED', `${id} is ${known === undefined ? 'open' : 'open again'}`);
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
    ...(run === undefined ? {} : { failedAt: run.revision, caseSet: run.caseSet }),
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

/** A message about one issue, by a listed sender. */
interface Order {
  readonly draft: Draft;
  readonly message: IssueMessage;
  readonly envelope: Envelope;
  readonly issue: Issue;
  readonly sender: Sender;
}

function about(apply: (order: Order) => Verdict): MessageKind['judge'] {
  return (draft: Draft, message: IssueMessage, envelope: Envelope) => {
    const { state } = draft;
    const { issue: id = '', by } = message;
    const { issues } = issuesOf(state);
    const sender = senderOf(state, by);
    if (sender === undefined) return answer(draft, envelope, 'UNKNOWN', unlisted(state, by));
    const issue = issues.find((one) => one.id === id);
    if (issue === undefined) {
      const open = issues.filter((one) => one.state !== 'closed').map((one) => one.id);
      const why = open.length === 0 ? `"${id.slice(0, 100)}"; none is open` : meant(id, open);
      return answer(draft, envelope, 'UNKNOWN', `there is no issue ${why}`);
    }
    return apply({ draft, message, envelope: { ...envelope, on: id }, issue, sender });
  };
}

function assign({ draft, message, envelope, issue, sender }: Order): Verdict {
  const { to = '' } = message;
  if (!mayOperate(draft.state, sender)) {
    return answer(draft, envelope, 'DENIED', `only operators assign issues: ${operatorsInWords(draft.state)}`);
  }
  if (senderOf(draft.state, to) === undefined) return answer(draft, envelope, 'UNKNOWN', unlisted(draft.state, to));
  if (issue.state === 'closed') return answer(draft, envelope, 'LATE', `${issue.id} is closed`);
  if (issue.assignee === to && issue.state !== 'deferred') {
    return answer(draft, envelope, 'REPEATED', `${issue.id} is assigned to ${to} already`);
  }
  if (issue.state !== 'deferred') return replace(draft, envelope, { ...issue, assignee: to }, `assigned to ${to}`);
  const { deferral: _, ...rest } = issue;
  return change(draft, envelope, { ...rest, assignee: to, state: 'open' }, `taken up again, and assigned to ${to}`);
}

function resolve(order: Order): Verdict {
  const { draft, message, envelope, issue, sender } = order;
  const { by, note = '', cases, reason, revision } = message;
  const { id, state, agent, assignee, resolution } = issue;
  if (state === 'closed') return answer(draft, envelope, 'LATE', `${id} is closed`);
  if (state === 'deferred') {
    const deferred = `${id} was deferred by ${issue.deferral?.by ?? ''}; an operator takes it up again with assignIssue`;
    return answer(draft, envelope, 'REFUSED', deferred);
  }
  if (issue.found === undefined && mayConfirm(order)) {
    return change(
      draft,
      envelope,
      closedBy(issue, { at: draft.at, by }),
      'closed: no suite can retest it, and who may has said so',
    );
  }
  const isFor = assignee === by || sender.kind === 'anyone' || (agent !== '' && holdsOne(sender, [agent]));
  if (!isFor) return answer(draft, envelope, 'DENIED', `this is for ${forWhom(draft.state, issue)}`);
  if (state === 'resolved') {
    return answer(
      draft,
      envelope,
      'REPEATED',
      `${id} was resolved by ${resolution?.by ?? ''} already, and waits for its retest`,
    );
  }
  if (revision !== undefined && revision === issue.failedAt) {
    return answer(draft, envelope, 'REFUSED', `${id} has failed at that very revision; a fix is in another one`);
  }
  if (!isTested({ cases: cases ?? [], waiver: reason ?? '' })) {
    return answer(draft, envelope, 'REFUSED', `it ${UNTESTED}; name them in "cases", or say in "reason" why`);
  }
  if (!hasRoom(issuesOf(draft.state))) return answer(draft, envelope, 'REFUSED', FULL);
  const said = {
    by,
    at: draft.at,
    note,
    ...(revision === undefined ? {} : { revision }),
    ...(cases === undefined ? {} : { cases }),
    ...(reason === undefined ? {} : { waiver: reason }),
  };
  return change(draft, envelope, resolvedBy(issue, said), `resolved; ${retestOf(issue)}`);
}

/** Where no suite can retest, the reporter can at any time, and an operator once somebody else has mended it. */
function mayConfirm({ draft, message: { by }, issue: { opened, state, resolution }, sender }: Order): boolean {
  if (by === opened.by) return true;
  return state === 'resolved' && resolution?.by !== by && mayOperate(draft.state, sender);
}

function retestOf({ found, opened }: Issue): string {
  if (found?.suite === UAT) return 'it is closed when its case is signed off';
  if (found !== undefined) return 'it is closed when its case passes at another revision';
  return `it is closed when ${opened.by ?? 'its reporter'}, or an operator, resolves it as well`;
}

function forWhom(state: GatesState, { agent, assignee }: Issue): string {
  const holders = agent === '' ? [] : [agentInWords(state, [agent])];
  const people = [...holders, ...(assignee === undefined ? [] : [assignee])];
  return people.length === 0 ? 'whom operators assign it to, with assignIssue' : people.join(' or ');
}

function defer({ draft, message, envelope, issue, sender }: Order): Verdict {
  const roles = deferrers(draft.state);
  const may =
    roles.length === 0
      ? mayOperate(draft.state, sender)
      : sender.kind === 'anyone' || sender.person.roles.some((role) => roles.includes(role));
  if (!may) {
    const whom = roles.length === 0 ? operatorsInWords(draft.state) : roleInWords(draft.state, roles);
    return answer(draft, envelope, 'DENIED', `only ${whom} defers issues`);
  }
  const { id, state } = issue;
  if (state === 'closed') return answer(draft, envelope, 'LATE', `${id} is closed`);
  if (state === 'deferred') {
    return answer(draft, envelope, 'REPEATED', `${id} was deferred by ${issue.deferral?.by ?? ''} already`);
  }
  const { by, reason = '' } = message;
  const { because: _, ...rest } = issue;
  const deferral = { by, at: draft.at, reason: plainLine(reason, 200) };
  return change(draft, envelope, { ...rest, state: 'deferred', deferral }, `deferred: ${reason}`);
}

/** Replaces an issue, and says so. */
function replace(draft: Draft, envelope: Envelope, issue: Issue, reason: string): Verdict {
  const log = issuesOf(draft.state);
  draft.setSlice(ISSUES, { ...log, issues: log.issues.map((one) => (one.id === issue.id ? issue : one)) });
  return answer(draft, envelope, 'ACCEPTED', `${issue.id} ${reason}`);
}

/** Replaces an issue whose state has changed. */
function change(draft: Draft, envelope: Envelope, issue: Issue, reason: string): Verdict {
  const log = issuesOf(draft.state);
  draft.setSlice(ISSUES, { ...log, changes: log.changes + 1 });
  return replace(draft, envelope, issue, reason);
}
