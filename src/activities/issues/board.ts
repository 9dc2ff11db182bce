import { inert } from '../../base/markdown.ts';
import { counted } from '../../base/text.ts';
import { operatorsOf } from '../../gates/able.ts';
import { mayOperate, senderOf } from '../../gates/messages/authorise.ts';
import { placeholders } from '../../gates/messages/shape.ts';
import type { GatesState } from '../../gates/model.ts';
import type { BoardItem, BoardSection } from '../../gates/slice.ts';
import { severities } from '../../plan/severity.ts';
import { unfiledAt } from './declined.ts';
import { escalated } from './loop.ts';
import { isAwaited, type Issue, isOpen, issuesOf, keyOf } from './model.ts';
import { deferrers } from './settings.ts';

/** Issues that the board shows. */
const SHOWN = 20;

/** The board's section of issues: those that are open, the gravest first, each with the message that gets on with it. */
export function issuesBoard(state: GatesState): BoardSection[] {
  const log = issuesOf(state);
  const open = log.issues.filter(isOpen).toSorted((one, other) => rankOf(one) - rankOf(other));
  const missed = Object.values(log.seen).reduce((sum, { beyond }) => sum + beyond, 0);
  const declined = unfiledAt(state, 'low');
  const stuck = escalated(state);
  const items = [
    ...stuck.map((task) => ({
      text: `**${task} is escalated**: its rounds are of no avail; defer what is open, or mend it by hand`,
    })),
    ...open.map((issue) => itemOf(state, issue, stuck.length > 0)),
    ...(missed === 0 ? [] : [{ text: `and ${String(missed)} failing cases beyond what the log holds` }]),
    ...(declined === 0 ? [] : [{ text: `and ${counted(declined, 'declined case')} beyond what the log holds` }]),
  ];
  return items.length === 0 ? [] : [{ title: 'Issues', items, most: SHOWN, query: 'issues' }];
}

function rankOf({ severity, state }: Issue): number {
  return severities.indexOf(severity) + (state === 'resolved' ? severities.length : 0);
}

function itemOf(state: GatesState, issue: Issue, isEscalatedNow: boolean): BoardItem {
  const { id, severity, title, component, agent, assignee, resolution, because, reopened } = issue;
  const who = assignee ?? agent;
  const parts = [
    severity,
    ...(component === '' ? [] : [inert(component)]),
    ...(who === '' ? ['assigned to nobody'] : [inert(who)]),
    issue.state === 'resolved' ? `resolved by ${inert(resolution?.by ?? '')}, not retested` : 'open',
    ...(reopened === 0 ? [] : [`reopened ${String(reopened)} times`]),
    ...(issue.found === undefined ? [] : [inert(keyOf(issue.found))]),
    ...(because === undefined ? [] : [inert(because)]),
  ];
  const answer = answerTo(state, issue, isEscalatedNow);
  return { text: `**${id} ${inert(title)}** · ${parts.join(' · ')}`, ...(answer === undefined ? {} : { answer }) };
}

/** What gets on with it: a resolution by who may, or a person for it, or its deferral once rounds have been of no avail. */
function answerTo(state: GatesState, issue: Issue, isEscalatedNow: boolean): BoardItem['answer'] {
  const { id } = issue;
  const { reason, note, to } = placeholders;
  const deferring = deferrersOf(state);
  if (isEscalatedNow && deferring !== undefined)
    return { name: 'deferIssue', input: { issue: id, reason }, able: deferring };
  const resolvers = resolversOf(state, issue);
  if (resolvers !== undefined) return { name: 'resolveIssue', input: { issue: id, note, reason }, able: resolvers };
  const operators = issue.state === 'open' ? operatorsOf(state) : undefined;
  return operators === undefined ? undefined : { name: 'assignIssue', input: { issue: id, to }, able: operators };
}

/** Who may resolve it, or confirm it; `undefined`: nobody. Empty in open mode, where anyone may. */
function resolversOf(state: GatesState, issue: Issue) {
  const { agent, assignee, found, opened, state: now, resolution } = issue;
  if (found !== undefined && isAwaited(issue)) return undefined;
  if (state.people === null) return [];
  const able = Object.entries(state.people).flatMap(([by, { agents }]) => {
    if (now === 'open' || found !== undefined)
      return assignee === by || (agent !== '' && agents.includes(agent)) || (found === undefined && opened.by === by)
        ? [by]
        : [];
    const sender = senderOf(state, by);
    const mayConfirm = opened.by === by || (resolution?.by !== by && sender !== undefined && mayOperate(state, sender));
    return mayConfirm ? [by] : [];
  });
  return able.length === 0 ? undefined : able;
}

function deferrersOf(state: GatesState): readonly string[] | undefined {
  const roles = deferrers(state);
  if (roles.length === 0 || state.people === null) return operatorsOf(state);
  const able = Object.entries(state.people).flatMap(([by, person]) =>
    person.roles.some((role) => roles.includes(role)) ? [by] : [],
  );
  return able.length === 0 ? undefined : able;
}
