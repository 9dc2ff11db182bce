import type { Agents } from './agents.ts';
import { sortGraph } from '../../base/graph.ts';
import { isList, type Item, listItems, type Section } from './outline.ts';
import type { AgentDependency, Milestone, MilestoneDependency } from '../model.ts';
import { didYouMean } from '../../base/match.ts';
import type { Point } from '../problems.ts';
import type { Reading } from './reading.ts';
import { quoteAll } from '../../base/text.ts';

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly point: Point;
}

/** Reads "Milestone 4.1 → Milestone 4.2: reason" lines. A milestone that no line names is independent. */
export function readMilestoneDependencies(
  section: Section | undefined,
  milestones: readonly Milestone[],
  reading: Reading,
): MilestoneDependency[] {
  const numbers = milestones.map(({ number }) => number);
  const found = readArrows(section, 'Milestone 4.1 → Milestone 4.2: reason', reading).flatMap((arrow) => {
    const [from, to] = [arrow.from, arrow.to].map((name) => findMilestone(name, numbers, arrow.point, reading));
    return from === undefined || to === undefined ? [] : [{ from, to, reason: arrow.reason, line: arrow.point.line }];
  });
  reportCycles(numbers, found, section, reading);
  return found;
}

function findMilestone(name: string, numbers: readonly string[], point: Point, reading: Reading): string | undefined {
  const number = name.replace(/^milestone\s+/i, '');
  if (numbers.includes(number)) return number;
  const suggestion = didYouMean(number, numbers);
  reading.problems.error('milestone-unknown', `The plan has no milestone "${number}".`, reading.locate(number, point), {
    expected: `one of ${quoteAll(numbers)}`,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
  return undefined;
}

function reportCycles(
  numbers: readonly string[],
  found: readonly MilestoneDependency[],
  section: Section | undefined,
  reading: Reading,
): void {
  const before = (number: string): string[] => found.filter(({ to }) => to === number).map(({ from }) => from);
  for (const cycle of sortGraph(numbers, before).cycles) {
    const [first, second] = cycle;
    const line = found.find(({ from, to }) => from === first && to === second)?.line;
    const column = line === undefined ? 1 : columnOf(reading.lines[line - 1] ?? '');
    const at = line === undefined ? (section?.point ?? { line: 1, column: 1 }) : { line, column };
    reading.problems.error('milestone-cycle', `Milestones wait for each other: ${cycle.join(' → ')}.`, at, {
      expected: 'dependencies that lead from earlier milestones to later ones',
    });
  }
}

/** Column at which the text of a list entry begins, after the bullet. */
function columnOf(line: string): number {
  return (/^\s*(?:[-*+]|\d+[.)])\s+/.exec(line)?.[0].length ?? 0) + 1;
}

/** Reads "Security → Development/Testing: reason" lines: short names, with one or more agents on each side. */
export function readAgentDependencies(
  section: Section | undefined,
  agents: Agents,
  reading: Reading,
): AgentDependency[] {
  return readArrows(section, 'Infrastructure → Development: reason', reading).flatMap((arrow) => {
    const [from = [], to = []] = [arrow.from, arrow.to].map((names) =>
      names.split('/').flatMap((name) => agents.resolve(name.trim(), arrow.point) ?? []),
    );
    return to.length === 0
      ? []
      : from.map((agent) => ({ from: agent, to, reason: arrow.reason, line: arrow.point.line }));
  });
}

function readArrows(section: Section | undefined, form: string, reading: Reading): Arrow[] {
  if (section === undefined) return [];
  reading.keepRest(section, isList);
  const items = listItems(section.content);
  if (items.length === 0) {
    reading.problems.error('dependencies-empty', `"${section.title}" lists no dependencies.`, section.point, {
      expected: `a list with lines such as "${form}"`,
    });
  }
  return items.flatMap((item) => readArrow(item, form, reading) ?? []);
}

function readArrow(item: Item, form: string, reading: Reading): Arrow | undefined {
  const match = /^([^:→⇒>]+?)\s*(?:→|⇒|[-=]+>)\s*([^:→⇒>]+?)\s*(?::\s*(.*))?$/.exec(item.text);
  const [, from, to, reason = ''] = match ?? [];
  if (from !== undefined && to !== undefined && item.items.length === 0) return { from, to, reason, point: item.point };
  reading.problems.error('dependency-line', `"${item.text}" is not a dependency.`, item.point, {
    expected: `one line such as "${form}", with one arrow`,
  });
  return undefined;
}
