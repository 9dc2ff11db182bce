import { clip, plainLine } from '../../src/base/text.ts';
import type { LedgerView, MilestoneStatus, OpenGates, PhaseStatus, TaskStatus } from '../../src/contract/answers.ts';
import { gateInWords, namesInWords } from '../../src/views/report/subject.ts';
import { stageInWords } from '../../src/views/report/headline.ts';
import type { Terminal } from '../plan/terminal.ts';

/** What a phase has answered. */
export interface Seen {
  readonly status: PhaseStatus;
  readonly gates: OpenGates['gates'];
  readonly recent: LedgerView['recent'];
  /** Milestones that are worked on. */
  readonly milestones: readonly MilestoneStatus[];
}

/** Rows of each part. */
const EVENTS = 6;
const ITEMS = 8;
const BAR = 24;

/** The screen of `npm run watch`: as many lines as fit, none wider than the terminal. */
export function frame(seen: Seen, place: Terminal, rows: number): string[] {
  const { status } = seen;
  const lines = [
    strong(`${status.title || status.phase} · ${status.state}`, place),
    '',
    ...status.milestones.flatMap((milestone) => milestoneLines(milestone, seen, place)),
    ...part('Gates', gateLines(seen), place),
    ...part('Waits for people', deskLines(seen, 'waiting'), place),
    ...part('Blocked', deskLines(seen, 'blocked'), place),
    ...part('Happened last', eventLines(seen), place),
  ];
  const fitting =
    lines.length <= rows ? lines : [...lines.slice(0, rows - 1), `… ${String(lines.length - rows + 1)} more lines`];
  return fitting.map((line) => (line.includes('\u001B') ? line : clip(line, Math.min(place.width, 200))));
}

function milestoneLines(
  { number, title, stage }: PhaseStatus['milestones'][number],
  { milestones }: Seen,
  place: Terminal,
): string[] {
  const heading = `${number} ${plainLine(title, 60)} · ${stageInWords(stage)}`;
  const lanes = milestones.find(({ milestone }) => milestone === number)?.lanes ?? [];
  return [heading, ...lanes.map((lane) => laneLine(lane, place))];
}

function laneLine({ title, tasks }: MilestoneStatus['lanes'][number], { plain }: Terminal): string {
  const over = tasks.filter(isOver).length;
  const now =
    tasks.filter((task) => !isOver(task)).find(({ state }) => state !== 'pending') ??
    tasks.find((task) => !isOver(task));
  const filled = tasks.length === 0 ? BAR : Math.round((BAR * over) / tasks.length);
  const bar = (plain ? '#' : '█').repeat(filled) + (plain ? '.' : '░').repeat(BAR - filled);
  const said = now === undefined ? '' : `  ${now.task} ${plainLine(now.title, 40)}: ${taskInWords(now)}`;
  return `  ${plainLine(title, 28).padEnd(28)} ${bar} ${String(over)}/${String(tasks.length)}${said}`;
}

function isOver({ state }: TaskStatus): boolean {
  return state === 'done' || state === 'skipped';
}

function taskInWords({ state, reason, waitsFor, held }: TaskStatus): string {
  const why = held ?? reason ?? (waitsFor.length === 0 ? undefined : `waits for ${namesInWords(waitsFor, 3)}`);
  return why === undefined ? state : `${state}, ${plainLine(why, 80)}`;
}

function gateLines({ gates }: Seen): string[] {
  return gates.map(({ gate, state, unmet, who = [] }) => {
    const people = [...new Set([...who, ...unmet.flatMap((one) => one.who)])];
    const asks = people.length === 0 ? '' : `, for ${namesInWords(people, 4)}`;
    const what = state === 'rejected' ? 'rejected' : `${String(unmet.length)} to be met${asks}`;
    return `${gate}  ${gateInWords(gate)}: ${what}`;
  });
}

function deskLines({ status }: Seen, wanted: 'blocked' | 'waiting'): string[] {
  return status.desk
    .filter(({ waits }) => (waits === 'blocked') === (wanted === 'blocked'))
    .map(({ task, title, reason, who, agents, overdue }) => {
      const people = namesInWords(who.length > 0 ? who : agents, 4);
      const late = overdue === true ? 'overdue, ' : '';
      return `${task}  ${plainLine(title, 50)}: ${late}${reason === undefined ? '' : `${plainLine(reason, 120)}; `}for ${people}`;
    });
}

function eventLines({ recent }: Seen): string[] {
  return recent.slice(-EVENTS).map(({ at, what, by, on, code, reason }) => {
    const who = by === undefined ? '' : ` by ${plainLine(by, 40)}`;
    const verdict = code === 'ACCEPTED' ? '' : ` ${code}`;
    return `${new Date(at).toISOString().slice(11, 19)}  ${what}${on === undefined ? '' : ` ${on}`}${who}${verdict}: ${plainLine(reason, 140)}`;
  });
}

/** A heading with its items; nothing without items. */
function part(title: string, items: readonly string[], place: Terminal): string[] {
  if (items.length === 0) return [];
  const more = items.length - ITEMS;
  return [
    '',
    strong(title, place),
    ...items.slice(0, ITEMS).map((one) => `  ${one}`),
    ...(more > 0 ? [`  and ${String(more)} more`] : []),
  ];
}

function strong(text: string, { plain, width }: Terminal): string {
  const line = clip(plainLine(text, 200), Math.min(width, 200));
  return plain ? line : `\u001B[1m${line}\u001B[22m`;
}
