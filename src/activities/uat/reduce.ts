import { inert } from '../../base/markdown.ts';
import { own } from '../../base/json.ts';
import { counted, plainLine, shortOf } from '../../base/text.ts';
import type { Draft } from '../../gates/draft.ts';
import type { Verdict } from '../../gates/ledger.ts';
import { answer } from '../../gates/messages/answer.ts';
import { roleInWords, senderOf, unlisted } from '../../gates/messages/authorise.ts';
import type { Envelope } from '../../gates/messages/envelope.ts';
import { meant } from '../../gates/messages/shape.ts';
import type { GatesState } from '../../gates/model.ts';
import type { BoardItem, BoardSection, Message, Slice, TaskRound } from '../../gates/slice.ts';
import type { TaskRef } from '../../plan/gate-model.ts';
import { whyUnfiled } from '../issues/declined.ts';
import { issuesOf, runOf, SUITES } from '../issues/model.ts';
import { readSuiteFact, SUITE, type SuiteFact, UNSTATED } from '../suite/fact.ts';
import { acceptance } from './found.ts';
import { findCase, readUatFact, type Session, SESSIONS, tally, UAT, type UatFact, uatOf } from './model.ts';

/** Cases that the board shows. */
const SHOWN = 10;

interface SignOffMessage extends Message {
  readonly case?: string;
  readonly result?: 'passed' | 'failed';
  readonly revision?: string;
}

/** User acceptance: what people have to say of a system, case by case, at one revision. 300,000 bytes and their verdicts. */
export const uat: Slice = {
  name: UAT,
  messages: {
    signOff: {
      does: 'Says whether a case of user acceptance has passed',
      who: 'people who hold the role that the session names',
      needs: ['case', 'result', 'by'],
      takes: ['revision'],
      judge: signOff,
    },
  },
  judgesByFacts: true,
  initial: { sessions: {} },
  reduce: (draft, event) => {
    if (event.type !== 'fact' || draft.task(event.task) === undefined) return;
    const fact = event.topic === UAT ? readUatFact(event.data) : undefined;
    if (fact !== undefined && fact.environment === event.key) openSession(draft, event.task, fact);
    const suite = event.topic === SUITE ? readSuiteFact(event.data) : undefined;
    if (suite !== undefined && runOf(suite) === event.key) noteRun(draft, suite);
  },
  checks: { [UAT]: acceptance },
  round: nextRound,
  board,
};

/**
 * Opens a session. Verdicts stay for cases that are the same at the same revision; what was seen at another says nothing of this one. A task
 * that opens a session which another has opened before begins it anew for both.
 */
function openSession(draft: Draft, task: TaskRef, fact: UatFact): void {
  const { sessions, ...rest } = uatOf(draft.state);
  const { environment, revision, at, cases, who, severity, component, agent } = fact;
  const before = own(sessions, environment);
  if (before === undefined && Object.keys(sessions).length >= SESSIONS) {
    const reason = `there is no session of ${environment}: a phase has sessions of ${String(SESSIONS)} environments at most, and there are those of ${Object.keys(sessions).join(', ')}`;
    draft.record({ what: 'session', trust: 'phase', on: task, code: 'REFUSED', reason });
    return;
  }
  const tasks = [...new Set([...(before?.tasks ?? []), task])];
  if (before !== undefined && isEarlier(fact, before)) {
    draft.setSlice(UAT, { ...rest, sessions: { ...sessions, [environment]: { ...before, tasks } } });
    return;
  }
  // Without a revision, what runs may be another one each time that the step runs.
  const isSame = before?.revision === revision && (revision !== UNSTATED || before.at === at);
  const isKept = ({ key, title, steps }: UatFact['cases'][number]) =>
    isSame && before.cases.some((one) => one.key === key && one.title === title && one.steps === steps);
  const verdicts = cases.filter(isKept).flatMap(({ key }) => {
    const verdict = own(before?.verdicts, key);
    return verdict === undefined ? [] : [[key, verdict] as const];
  });
  const session: Session = {
    environment,
    revision,
    ...(at === undefined ? {} : { at }),
    cases: cases.map(({ key, title, steps }) => ({ key, title, steps })),
    who,
    ...(severity === undefined ? {} : { severity }),
    ...(component === undefined ? {} : { component }),
    ...(agent === undefined ? {} : { agent }),
    tasks,
    suites: suitesAt(draft.state, fact),
    openedAt: isSame ? before.openedAt : draft.at,
    verdicts: Object.fromEntries(verdicts),
  };
  draft.setSlice(UAT, { ...rest, sessions: { ...sessions, [environment]: session } });
  if (isSame && before.cases.length === cases.length && verdicts.length === Object.keys(before.verdicts).length) return;
  const reason = `user acceptance of ${environment} is open: ${counted(cases.length, 'case')} for ${who}, at revision ${shortOf(revision)}`;
  draft.record({ what: 'session', trust: 'phase', on: task, code: 'ACCEPTED', reason: plainLine(reason, 500) });
}

/** Whether a step has told of it before the session that is open: facts come again in any order when workflows begin anew. */
function isEarlier({ at }: UatFact, before: Session): boolean {
  if (at === undefined || before.at === undefined) return false;
  // The clock of a worker may be ahead of the phase's.
  return Date.parse(at) < Math.min(Date.parse(before.at), before.openedAt);
}

/** Suites whose last run is of what the session is about. */
function suitesAt(state: GatesState, { environment, revision }: UatFact): string[] {
  return Object.entries(issuesOf(state).seen).flatMap(([run, seen]) =>
    run.endsWith(`/${environment}`) && seen.revision === revision ? [run] : [],
  );
}

/** Notes that a suite has run at the revision of a session: whether it runs at another one later tells whether users have seen what runs. */
function noteRun(draft: Draft, { suite, environment, revision }: SuiteFact): void {
  const { sessions, ...rest } = uatOf(draft.state);
  const session = own(sessions, environment);
  const run = runOf({ suite, environment });
  if (session?.revision !== revision || session.suites.includes(run) || session.suites.length >= SUITES) return;
  const suites = [...session.suites, run];
  draft.setSlice(UAT, { ...rest, sessions: { ...sessions, [environment]: { ...session, suites } } });
}

function signOff(draft: Draft, message: SignOffMessage, envelope: Envelope): Verdict {
  const { state, at } = draft;
  const { by, case: address = '', result = 'passed', note, revision } = message;
  const log = uatOf(state);
  const sender = senderOf(state, by);
  if (sender === undefined) return answer(draft, envelope, 'UNKNOWN', unlisted(state, by));
  const place = findCase(log, address);
  if (place === 'several')
    return answer(
      draft,
      envelope,
      'UNKNOWN',
      `several environments have a case "${address}"; put its environment before it, as in testing/${address}`,
    );
  if (place === undefined) return answer(draft, envelope, 'UNKNOWN', noCase(log.sessions, address));
  const { session, found } = place;
  const about: Envelope = { ...envelope, on: `${session.environment}/${found.key}` };
  if (sender.kind === 'listed' && !sender.person.roles.includes(session.who)) {
    return answer(draft, about, 'DENIED', `only ${roleInWords(state, [session.who])} signs off here`);
  }
  if (revision === undefined) {
    const why = `say in "revision" what you have tried: the session is open at "${session.revision}", as the command on the board says`;
    return answer(draft, about, 'REFUSED', why);
  }
  if (revision !== session.revision) {
    return answer(
      draft,
      about,
      'STALE',
      `meant for another revision than ${shortOf(session.revision)}, at which the session is open`,
    );
  }
  const before = own(session.verdicts, found.key);
  if (before?.result === result && before.by === by)
    return answer(draft, about, 'REPEATED', `${result} already, by you`);
  if (result === 'failed' && (note ?? '').trim() === '') {
    return answer(draft, about, 'REFUSED', 'say in "note" what you have seen: whoever mends it needs to know');
  }
  const verdict = { result, by, at, ...(note === undefined ? {} : { note: plainLine(note, 300) }) };
  const verdicts = { ...session.verdicts, [found.key]: verdict };
  const last = { ...verdict, number: (log.last?.number ?? 0) + 1, environment: session.environment, key: found.key };
  draft.setSlice(UAT, { sessions: { ...log.sessions, [session.environment]: { ...session, verdicts } }, last });
  const full = result === 'failed' ? whyUnfiled(state, last) : undefined;
  const later = full === undefined ? '' : `; its issue is opened when there is room: ${full}`;
  return answer(draft, about, 'ACCEPTED', `${result} at revision ${shortOf(session.revision)}${later}`);
}

function noCase(sessions: { readonly [environment: string]: Session }, address: string): string {
  const addresses = Object.values(sessions).flatMap(({ environment, cases }) =>
    cases.map(({ key }) => `${environment}/${key}`),
  );
  if (addresses.length === 0) return 'no user acceptance session is open';
  return `there is no case ${meant(address, addresses)}`;
}

/** One round opens the session; it is over when every case has a verdict, whichever. */
function nextRound(state: GatesState, task: TaskRef): TaskRound | undefined {
  const rounds = own(state.tasks, task)?.rounds;
  if (rounds?.slice !== UAT || rounds.done === undefined) return undefined;
  if (rounds.done === 0) return { number: 1, told: {} };
  const mine = Object.values(uatOf(state).sessions).filter(({ tasks }) => tasks.includes(task));
  const isDecided = mine.length > 0 && mine.every((session) => tally(session).waiting.length === 0);
  return isDecided ? { over: true, after: rounds.done } : undefined;
}

function board(state: GatesState): BoardSection[] {
  const items = Object.values(uatOf(state).sessions).flatMap((session) => {
    const { waiting, declined } = tally(session);
    return [...waiting, ...declined].map((one) => itemOf(state, session, one));
  });
  return items.length === 0 ? [] : [{ title: 'User acceptance', items, most: SHOWN, query: 'slices' }];
}

function itemOf(state: GatesState, session: Session, { key, title, steps }: UatFact['cases'][number]): BoardItem {
  const { environment, who, revision, verdicts } = session;
  const declined = own(verdicts, key);
  const said =
    declined === undefined
      ? `waits for ${inert(who)}`
      : `declined by ${inert(declined.by)}: ${inert(declined.note ?? '')}`;
  const text = `**${inert(`${environment}/${key}`)}** ${inert(title)} · ${said} · at revision ${inert(shortOf(revision))} · ${inert(plainLine(steps, 200))}`;
  const able = holdersOf(state, who);
  if (able === undefined) return { text };
  return {
    text,
    answer: { name: 'signOff', input: { case: `${environment}/${key}`, result: 'passed', revision }, able },
  };
}

function holdersOf({ people }: GatesState, role: string): readonly string[] | undefined {
  if (people === null) return [];
  const able = Object.entries(people).flatMap(([by, { roles }]) => (roles.includes(role) ? [by] : []));
  return able.length === 0 ? undefined : able;
}
