import { bytesOf, type JsonObject, own } from '../../base/json.ts';
import { counted } from '../../base/text.ts';
import type { Draft } from '../../gates/draft.ts';
import type { GatesState } from '../../gates/model.ts';
import type { TaskRound } from '../../gates/slice.ts';
import type { TaskRef } from '../../plan/gate-model.ts';
import { severities } from '../../plan/severity.ts';
import { beyond, blocking, isAwaited, type Issue, ISSUES, issuesOf, type IssuesState, keyOf, runOf } from './model.ts';
import { type LoopSettings, settingsOf } from './settings.ts';

/** Bytes of the issues that a round is told of: all that it is told may have 250,000. */
const TOLD_BYTES = 200_000;
/** How often an issue may come back before agents leave it to people: rounds that mend it each time would never end. */
const RETURNS = 20;
const UNTRIED = 'a round was to retest it, and no suite has told of its case';

/**
 * What is next for a task that fixes and retests. It works on issues while others still find them. When they have found all that
 * there is, and nothing is open, every suite runs once more, so that no result is older than the last change.
 */
export function nextRound(state: GatesState, task: TaskRef): TaskRound | undefined {
  const settings = settingsOf(state, task);
  if (settings === undefined) return undefined;
  const log = issuesOf(state);
  const done = own(state.tasks, task)?.rounds?.done;
  if (done === undefined) return undefined;
  const number = done + 1;
  const work = workOf(log, settings);
  const isLost = isSpent(log, task, settings, done);
  // What people have resolved after that is retested all the same, until a run could not tell of it.
  const worth = isLost ? work.filter(isAwaited) : work;
  if (worth.length > 0) return { number, told: toldOf(log, worth) };
  if (blocking(log, settings.severity).length > 0) return undefined;
  if (!settings.after.every((one) => isOver(state, one))) return undefined;
  const isUnsure = beyond(log, settings.severity) > 0;
  if (isUnsure && isLost) return undefined;
  // A rerun that finds something graver than nothing each time, and nothing that is worked on, comes to no rest by itself.
  const isTired = (own(log.loops, task)?.restless ?? 0) >= settings.most;
  if (!isUnsure && (!settings.final || isTired || isQuiet(log, task, done))) return { over: true, after: done };
  return { number, told: { issues: [], suites: Object.keys(log.seen).toSorted() }, idle: true };
}

function isEscalated(state: GatesState, task: TaskRef): boolean {
  const settings = settingsOf(state, task);
  if (settings === undefined) return false;
  const log = issuesOf(state);
  const done = own(state.tasks, task)?.rounds?.done ?? 0;
  const isStuck = workOf(log, settings).length > 0 || beyond(log, settings.severity) > 0;
  return isStuck ? isSpent(log, task, settings, done) : givenUp(log, settings).length > 0;
}

/** Tasks whose rounds have been of no avail. */
export function escalated(state: GatesState): TaskRef[] {
  return Object.keys(state.tasks).filter((task) => isEscalated(state, task));
}

/** The change that was just made is no news for these tasks: their next round need not be repeated because of it. Others before it are. */
export function keepPace(draft: Draft, tasks: readonly TaskRef[]): void {
  const log = issuesOf(draft.state);
  const loops = tasks.flatMap((task) => {
    const loop = own(log.loops, task);
    return loop === undefined ? [] : [[task, { ...loop, changes: loop.changes + 1 }] as const];
  });
  if (loops.length > 0) draft.setSlice(ISSUES, { ...log, loops: { ...log.loops, ...Object.fromEntries(loops) } });
}

/** After a rejected gate, or a lost milestone, the task begins anew. */
export function forgetRounds(draft: Draft, task: TaskRef): void {
  const log = issuesOf(draft.state);
  const { [task]: loop, ...others } = log.loops;
  if (loop !== undefined) draft.setSlice(ISSUES, { ...log, loops: others });
}

/** Notes the end of a round; 0 is that the task has come to its first one. A round that is told again changes nothing. */
export function takeRound(draft: Draft, task: TaskRef, number: number): void {
  const { at } = draft;
  const settings = settingsOf(draft.state, task);
  const before = issuesOf(draft.state);
  const last = own(before.loops, task);
  if (settings === undefined || last?.number === number) return;
  const log = withUntried(before, settings, last?.at ?? 0);
  if (number === 0) {
    // It begins, or its milestone was reset: what was done in vain counts on.
    const first = { number, at, worked: last?.worked ?? 0, restless: 0, changes: log.changes, isQuiet: false };
    draft.setSlice(ISSUES, { ...log, loops: { ...log.loops, [task]: first } });
    return;
  }
  const open = blocking(log, settings.severity);
  const isUnsure = beyond(log, settings.severity) > 0;
  const isNothing = log.changes === (last?.changes ?? 0) && open.length === 0 && !isUnsure;
  const isInVain = open.length > 0 || isUnsure;
  // Rounds that have mended all there was are no reason to give up on what is found later.
  const worked = isInVain ? (last?.worked ?? 0) + 1 : 0;
  const restless = isInVain || isNothing ? 0 : (last?.restless ?? 0) + 1;
  const loop = { number, at, worked, restless, changes: log.changes, isQuiet: isNothing };
  draft.setSlice(ISSUES, { ...log, loops: { ...log.loops, [task]: loop } });
  const hasWork = workOf(log, settings).length > 0 || isUnsure;
  const returned = givenUp(log, settings);
  if (hasWork ? worked < settings.most : returned.length === 0) return;
  const what = hasWork
    ? `${counted(worked, 'round')} have left ${counted(open.length, 'issue')} open (${named(open)})`
    : `${counted(returned.length, 'issue has', 'issues have')} come back ${String(RETURNS)} times (${named(returned)})`;
  const reason = `${what}: defer them, or mend and resolve them by hand`;
  draft.record({ what: 'issues escalated', trust: 'phase', on: task, code: 'ACCEPTED', reason });
  draft.effects.push({ type: 'notice', task, kind: 'blocked', reason });
}

function named(issues: readonly Issue[]): string {
  return issues
    .slice(0, 10)
    .map(({ id }) => id)
    .join(', ');
}

/** What was resolved when the round that is over began, and is so still, without a word of any suite, has not been retested. */
function withUntried(log: IssuesState, settings: LoopSettings, began: number): IssuesState {
  const untried = new Set(
    workOf(log, settings).filter((issue) => isAwaited(issue) && (issue.resolution?.at ?? 0) <= began),
  );
  if (untried.size === 0) return log;
  return { ...log, issues: log.issues.map((one) => (untried.has(one) ? { ...one, because: UNTRIED } : one)) };
}

function isSpent({ loops }: IssuesState, task: TaskRef, { most }: LoopSettings, done: number): boolean {
  const loop = own(loops, task);
  return loop !== undefined && loop.number <= done && loop.worked >= most;
}

/** Whether the last round has found nothing, with nothing to do, and nothing has changed since. */
function isQuiet({ loops, changes }: IssuesState, task: TaskRef, done: number): boolean {
  const loop = own(loops, task);
  return loop !== undefined && loop.number === done && loop.isQuiet && loop.changes === changes;
}

/** Issues that a round can do something about: agents fix and retest, and what people have resolved is retested. */
function workOf(log: IssuesState, { severity, by }: LoopSettings): Issue[] {
  return blocking(log, severity).filter((issue) =>
    issue.state === 'open' ? by === 'agents' && issue.reopened < RETURNS : hasSuite(log, issue),
  );
}

/** Issues that have come back so often that agents leave them to people. */
function givenUp(log: IssuesState, { severity, by }: LoopSettings): Issue[] {
  return blocking(log, severity).filter(
    ({ state, reopened }) => by === 'agents' && state === 'open' && reopened >= RETURNS,
  );
}

/** Whether a suite can retest it. What a person has reported, or a user has declined, people look at again. */
function hasSuite({ seen }: IssuesState, { found }: Issue): boolean {
  return found !== undefined && Object.hasOwn(seen, runOf(found));
}

function isOver({ tasks }: GatesState, task: TaskRef): boolean {
  const { state, ended } = own(tasks, task) ?? {};
  return ended === true || state === 'done' || state === 'skipped';
}

/** The issues of a round, the gravest first, and the suites that they concern. What does not fit waits for the next round. */
function toldOf(log: IssuesState, work: readonly Issue[]): JsonObject {
  const rank = ({ severity }: Issue) => severities.indexOf(severity);
  const issues: JsonObject[] = [];
  const suites = new Set<string>();
  let bytes = 0;
  for (const issue of work.toSorted((one, other) => rank(one) - rank(other))) {
    const told = asTold(issue);
    bytes += bytesOf(told) + 1;
    if (bytes > TOLD_BYTES) break;
    issues.push(told);
    for (const run of suitesOf(log, issue)) suites.add(run);
  }
  const more = work.length - issues.length;
  return { issues, suites: [...suites].toSorted(), ...(more === 0 ? {} : { more }) };
}

/** The suite whose case it is, or else the suites of its component. */
function suitesOf(log: IssuesState, issue: Issue): string[] {
  if (issue.found !== undefined && hasSuite(log, issue)) return [runOf(issue.found)];
  return Object.entries(log.seen).flatMap(([run, { component }]) => (component === issue.component ? [run] : []));
}

function asTold(issue: Issue): JsonObject {
  const { id, found, title, message = '', component, agent, severity, state, failedAt, because } = issue;
  const evidence = issue.evidence ?? issue.opened.evidence;
  return {
    id,
    title,
    message,
    component,
    agent,
    severity,
    state,
    ...(found === undefined ? {} : { key: keyOf(found), ...found }),
    ...(failedAt === undefined ? {} : { revision: failedAt }),
    ...(because === undefined ? {} : { because }),
    ...(evidence === undefined ? {} : { evidence }),
  };
}
