import { plainLine } from '../../base/text.ts';
import type { Draft } from '../../gates/draft.ts';
import type { Verdict } from '../../gates/ledger.ts';
import { answer } from '../../gates/messages/answer.ts';
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
import type { MessageKind } from '../../gates/slice.ts';
import { UAT } from '../uat/model.ts';
import { closedBy } from './facts.ts';
import { isTested, resolvedBy, UNTESTED } from './fixes.ts';
import { fullOfWords, kept } from './kept.ts';
import { escalated, keepPace } from './loop.ts';
import { isAwaited, type Issue, ISSUES, issuesOf } from './model.ts';
import { type IssueMessage, report } from './report.ts';
import { deferrers } from './settings.ts';

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
      const why = open.length === 0 ? `"${plainLine(id, 100)}"; none is open` : meant(id, open);
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
  // A run that could not tell of it has retested it in vain: it takes another word to have it retested once more.
  if (isAwaited(issue)) {
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
  const why = fullOfWords(issuesOf(draft.state));
  if (why !== undefined) return answer(draft, envelope, 'REFUSED', why);
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
  const stuck = escalated(draft.state);
  const verdict = change(draft, envelope, { ...rest, state: 'deferred', deferral }, `deferred: ${reason}`);
  keepPace(draft, stuck);
  return verdict;
}

/** Replaces an issue, and says so. */
function replace(draft: Draft, envelope: Envelope, issue: Issue, reason: string): Verdict {
  const log = issuesOf(draft.state);
  draft.setSlice(ISSUES, { ...log, issues: log.issues.map((one) => (one.id === issue.id ? issue : one)) });
  return answer(draft, envelope, 'ACCEPTED', `${issue.id} ${reason}`);
}

/** Replaces an issue whose state has changed. */
function change(draft: Draft, envelope: Envelope, issue: Issue, reason: string): Verdict {
  const verdict = replace(draft, envelope, issue, reason);
  const log = issuesOf(draft.state);
  draft.setSlice(ISSUES, kept({ ...log, changes: log.changes + 1 }));
  return verdict;
}
