import { counted } from '../../base/text.ts';
import type { DeliveryView } from '../../contract/delivery.ts';
import type { StandupPart } from '../../plan/reporting.ts';
import type { Drawn, DrawnSection } from './drawn.ts';
import { named, type Statuses, type TaskFacts, tasksOf } from './facts.ts';

/** What a meeting is drawn with. */
export interface Drawing<Part extends string> {
  /** `Standup of 2026-11-30` */
  readonly title: string;
  readonly view: DeliveryView;
  readonly statuses: Statuses;
  readonly parts: readonly { readonly part: Part; readonly line?: string }[];
  /** An instant for people, in the zone of the calendar. */
  readonly when: (at: number) => string;
}

/** Tasks that come next, of one agent. */
const NEXT = 5;

const titles: { readonly [part in StandupPart]: string } = {
  progress: 'Progress',
  blockers: 'Blockers',
  dependencies: 'Dependencies',
  next: 'Next steps',
};

/**
 * Draws a standup: for each agent what is done since the last one, what is in progress, what is in the way, what it waits for and what
 * comes next, in the words of people where they have said something.
 */
export function drawStandup({ title, view, statuses, parts, when }: Drawing<StandupPart>): Drawn {
  const tasks = tasksOf(view, statuses);
  const fresh = tasks.filter(({ isOver, task }) => isOver && !view.told.includes(task));
  const running = tasks.filter(isInProgress);
  const blocked = tasks.filter(({ state }) => state === 'blocked');
  const agents = [...new Set([...view.agents, ...tasks.map(({ agent }) => agent)])].filter((agent) => agent !== '');
  const sections = agents.flatMap((agent): DrawnSection[] => {
    const of: Agent = { agent, view, tasks, mine: tasks.filter((task) => task.agent === agent), when };
    const drawn = parts.map(({ part, line }) => ({ title: line ?? titles[part], lines: linesOf[part](of) }));
    if (drawn.every(({ lines }) => lines.length === 0)) return [];
    return [
      { title: agent, lines: [] },
      ...drawn.map(({ title: heading, lines }) => ({
        ...{ title: heading, level: 3 as const },
        lines: lines.length === 0 ? ['none'] : lines,
      })),
    ];
  });
  const quiet = agents.filter((agent) => !sections.some((section) => section.title === agent && section.level !== 3));
  const more = view.dropped.words === 0 ? [] : [`and ${counted(view.dropped.words, 'earlier note')}, in the ledger`];
  return {
    title,
    lead: `${counted(fresh.length, 'task')} done since the last standup, ${String(running.length)} in progress, ${String(blocked.length)} blocked.`,
    sections: [
      ...sections,
      ...(quiet.length === 0 && more.length === 0
        ? []
        : [
            {
              title: 'Others',
              lines: [...(quiet.length === 0 ? [] : [`Nothing to tell: ${quiet.join(', ')}`]), ...more],
            },
          ]),
    ],
  };
}

/** An agent with its tasks. */
interface Agent {
  readonly agent: string;
  readonly view: DeliveryView;
  readonly tasks: readonly TaskFacts[];
  readonly mine: readonly TaskFacts[];
  readonly when: (at: number) => string;
}

const linesOf: { readonly [part in StandupPart]: (of: Agent) => string[] } = {
  progress: (of) => {
    const { mine, view, when } = of;
    const done = mine
      .filter(({ isOver, task }) => isOver && !view.told.includes(task))
      .map((task) => {
        const { state, by, endedAt } = task;
        const who = by === undefined ? '' : ` by ${by}`;
        return `${named(task)}: ${state === 'skipped' ? 'skipped' : 'done'}${who}${endedAt === undefined ? '' : `, ${when(endedAt)}`}`;
      });
    const open = mine.filter(isInProgress).map((task) => {
      const { startedAt, due } = task;
      const since = startedAt === undefined ? '' : ` since ${when(startedAt)}`;
      return `${named(task)}: in progress${since}${due === undefined ? '' : `, due ${when(due)}`}`;
    });
    return [...done, ...open, ...said(of, ({ done: words, note }) => words ?? note)];
  },
  blockers: (of) => {
    const { mine, view } = of;
    const blocked = mine
      .filter(({ state }) => state === 'blocked')
      .map((task) => `${named(task)} is blocked${task.reason === undefined ? '' : `: ${task.reason}`}`);
    const overdue = mine
      .filter(({ task }) => view.desk.some((item) => item.task === task && item.overdue === true))
      .map((task) => `${named(task)} is overdue`);
    const owed = view.desk
      .filter(({ task, waits }) => waits === 'input' && mine.some((one) => one.task === task))
      .map(({ task, title, reason = 'waits for input' }) => `${task} ${title}: ${reason}`);
    return [...blocked, ...overdue, ...owed, ...said(of, ({ blockers }) => blockers)];
  },
  dependencies: ({ agent, mine, view, tasks }) => {
    const waiting = mine
      .filter(({ isOver, state, waitsFor }) => !isOver && state !== 'blocked' && waitsFor.length > 0)
      .map((task) => `${named(task)} waits for ${task.waitsFor.join(', ')}`);
    const owes = view.desk
      .filter(({ waits, agents }) => waits === 'input' && agents.includes(agent))
      .map(({ task, title }) => `${task} ${title} waits for input from ${agent}`);
    const open = new Set(tasks.filter(({ isOver }) => !isOver).map(({ task }) => task));
    const between = view.agentDependencies
      .filter(({ from, to }) => from === agent || to.includes(agent))
      .flatMap(({ from, to, milestones }) =>
        milestones.flatMap(({ number, waitsFor }) => {
          const left = waitsFor.filter((task) => open.has(task));
          return left.length === 0
            ? []
            : [`Milestone ${number}: ${from} → ${to.join(', ')} waits for ${left.join(', ')}`];
        }),
      );
    return [...waiting, ...owes, ...between];
  },
  next: (of) => {
    const { mine } = of;
    const coming = mine.filter((task) => !task.isOver && !isInProgress(task) && task.state !== 'blocked');
    // What a milestone that runs has left comes before what later ones have.
    const first = coming.find(({ milestone }) => milestone.stage !== 'done')?.milestone;
    const next = coming
      .filter(({ milestone }) => milestone === first)
      .toSorted((one, other) => one.start - other.start);
    const rest = next.length - NEXT;
    return [
      ...mine.filter(isInProgress).map((task) => `${named(task)}: to be completed`),
      ...next.slice(0, NEXT).map((task) => `${named(task)} begins`),
      ...(rest > 0 ? [`and ${counted(rest, 'more task')} of milestone ${first?.number ?? ''}`] : []),
      ...said(of, ({ next: words }) => words),
    ];
  },
};

function isInProgress({ isOver, state, startedAt }: TaskFacts): boolean {
  return !isOver && (state === 'running' || (state === 'waiting' && startedAt !== undefined));
}

/** What people have said of the agent's tasks since the last standup. */
function said({ mine, view }: Agent, words: (said: DeliveryView['words'][number]) => string | undefined): string[] {
  return view.words
    .filter(({ task }) => mine.some((one) => one.task === task))
    .flatMap((one) => {
      const text = words(one);
      return text === undefined || text === '' ? [] : [`${one.task}, ${one.by}: ${text}`];
    });
}
