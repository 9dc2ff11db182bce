import { clip, line } from '../../base/text.ts';
import type { Draft } from '../../gates/draft.ts';
import type { GatesEvent } from '../../gates/events.ts';
import type { GatesState } from '../../gates/model.ts';
import type { BoardSection, Slice } from '../../gates/slice.ts';
import type { Plan } from '../../plan/model.ts';
import { askForStandup } from './message.ts';
import {
  type Asked,
  ASKED,
  COMMUNICATION,
  communicationOf,
  type CommunicationState,
  type Decision,
  DECISIONS,
  UNDELIVERED,
  type Words,
  WORDS,
} from './model.ts';

/**
 * What standups and reviews tell, and which of them have been published: words of people since the last standup (40), decisions since
 * the last review (60), tasks that are told to be over, and what was not delivered (10). Where there is more, the oldest are left
 * out and counted; the ledger has them. At most 250,000 bytes, and 10 for each task of the plan.
 */
export const communication: Slice = {
  name: COMMUNICATION,
  messages: { standup: askForStandup },
  judgesByFacts: true,
  begin,
  reduce: (draft, event) => {
    const before = communicationOf(draft.state);
    if (before === undefined) return;
    const after = withMilestones(draft, withEntries(draft, withEvent(draft, before, event)));
    if (after !== before) draft.setSlice(COMMUNICATION, after);
  },
  board,
};

function begin({ reporting, milestones }: Plan): CommunicationState | undefined {
  if (reporting === undefined) return undefined;
  const { standups, reviews } = reporting;
  return {
    has: {
      standups: standups !== undefined,
      reviews: reviews !== undefined,
      milestones: reviews?.milestones === true ? milestones.map(({ number }) => number) : [],
    },
    began: 0,
    last: { standup: 0, review: 0 },
    latest: {},
    asked: [],
    extras: 0,
    told: [],
    words: [],
    counter: 0,
    decisions: [],
    dropped: { words: 0, decisions: 0 },
    undelivered: [],
    documents: {},
  };
}

function withEvent(draft: Draft, state: CommunicationState, event: GatesEvent): CommunicationState {
  const { at } = draft;
  if (event.type === 'note' && event.what === 'started')
    return { ...state, began: at, last: { standup: at, review: at } };
  if (event.type === 'published') return withPublication(draft, state, event);
  if (event.type === 'amended') return withPlan(state, event);
  // What is done again is told again.
  if (event.type === 'task' && event.state === 'pending' && state.told.includes(event.task)) {
    return { ...state, told: state.told.filter((task) => task !== event.task) };
  }
  return state;
}

function withPublication(
  draft: Draft,
  state: CommunicationState,
  { kind, id, due, evidence, reason, undelivered, told }: GatesEvent & { type: 'published' },
): CommunicationState {
  const digest = typeof evidence === 'object' ? (evidence.sha256 ?? '') : '';
  if (kind === 'document' && state.documents[id] === digest) return state;
  draft.record({
    what: kind,
    trust: 'phase',
    on: id,
    code: 'ACCEPTED',
    reason,
    ...(evidence === undefined ? {} : { evidence }),
  });
  const failed = undelivered.length === 0 ? [] : [{ id, at: draft.at, reason: clip(undelivered.join('; '), 600) }];
  for (const one of failed) {
    draft.record({ what: `${kind} not delivered`, trust: 'phase', on: id, code: 'ACCEPTED', reason: one.reason });
  }
  const known = { ...state, undelivered: [...state.undelivered, ...failed].slice(-UNDELIVERED) };
  if (kind === 'document') return { ...known, documents: { ...state.documents, [id]: digest } };
  const published = {
    ...known,
    last: { ...state.last, [kind]: Math.max(state.last[kind], due ?? 0) },
    latest: { ...state.latest, [kind]: id },
    asked: state.asked.filter((one) => one.id !== id),
  };
  if (told === undefined) return published;
  if (kind === 'review') {
    const decisions = state.decisions.filter(({ entry }) => entry > told.decision);
    return { ...published, decisions, dropped: { ...state.dropped, decisions: 0 } };
  }
  return {
    ...published,
    told: [...new Set([...state.told, ...told.over.filter((task) => draft.task(task) !== undefined)])],
    words: state.words.filter(({ number }) => number > told.words),
    dropped: { ...state.dropped, words: 0 },
  };
}

/** Milestones that an amendment adds have a review at their end as well, and those that it takes out have none. */
function withPlan(state: CommunicationState, { plan, changes }: GatesEvent & { type: 'amended' }): CommunicationState {
  const added = changes.flatMap(({ how, what, id }) => (what === 'milestone' && how === 'added' ? [id] : []));
  const numbers = new Set(plan.milestones.map(({ number }) => number));
  const due = plan.reporting?.reviews?.milestones === true ? added : [];
  const milestones = [...state.has.milestones, ...due].filter((number) => numbers.has(number));
  return { ...state, has: { ...state.has, milestones } };
}

/** What people decide, and how gates have ended. */
const decisive: ReadonlySet<string> = new Set([
  ...['approve', 'reject', 'waive', 'withdraw', 'override', 'resubmit', 'skip', 'hold', 'release', 'deferIssue'],
  ...['cleared', 'rejected', 'escalated', 'amended'],
]);

/** Takes what the ledger has got by the event: decisions, and words of people. */
function withEntries(draft: Draft, state: CommunicationState): CommunicationState {
  const { ledger, progress } = draft.state;
  if (ledger.length === draft.entriesBefore) return state;
  const fresh = ledger.recent.filter(({ number, code }) => number > draft.entriesBefore && code === 'ACCEPTED');
  const decisions = fresh
    .filter(({ what }) => state.has.reviews && decisive.has(what))
    .map(({ number, at, what, by, on, reason }): Decision => {
      const who = by === undefined ? {} : { by };
      return { entry: number, at, what, ...who, ...(on === undefined ? {} : { on }), reason: clip(reason, 150) };
    });
  const words = fresh.flatMap(({ what, on }, index): Words[] => {
    if (what !== 'progress' || on === undefined || !state.has.standups) return [];
    const said = Object.hasOwn(progress, on) ? progress[on] : undefined;
    return said === undefined ? [] : [{ ...said, task: on, number: state.counter + index + 1 }];
  });
  if (decisions.length + words.length === 0) return state;
  const allWords = [...state.words, ...words];
  const allDecisions = [...state.decisions, ...decisions];
  return {
    ...state,
    counter: state.counter + words.length,
    words: allWords.slice(-WORDS),
    decisions: allDecisions.slice(-DECISIONS),
    dropped: {
      words: state.dropped.words + Math.max(0, allWords.length - WORDS),
      decisions: state.dropped.decisions + Math.max(0, allDecisions.length - DECISIONS),
    },
  };
}

/** Asks for the review of a milestone when its last gate has cleared. */
function withMilestones({ state: { gates }, at }: Draft, state: CommunicationState): CommunicationState {
  const ended = state.has.milestones.filter((number) => gates[`${number}/quality`]?.state === 'cleared');
  if (ended.length === 0) return state;
  const done = ended.filter((number) => gates[`${number}/quality`]?.beforehand === undefined);
  const asked = done.map((number): Asked => ({ kind: 'review', id: `review-${number}`, at }));
  return {
    ...state,
    has: { ...state.has, milestones: state.has.milestones.filter((number) => !ended.includes(number)) },
    // There are as many as milestones at most.
    asked: [...state.asked, ...asked],
  };
}

function board(state: GatesState): BoardSection[] {
  const known = communicationOf(state);
  if (known === undefined) return [];
  const { latest, undelivered, asked } = known;
  const items = [
    ...Object.values(latest).map((id) => ({ text: `last: ${line(id)}` })),
    ...asked.slice(0, ASKED).map(({ id }) => ({ text: `about to be published: ${line(id)}` })),
    ...undelivered.toReversed().map(({ id, reason }) => ({ text: `**${line(id)} not delivered** · ${line(reason)}` })),
  ];
  return items.length === 0 ? [] : [{ title: 'Communication', items, query: 'slices' }];
}
