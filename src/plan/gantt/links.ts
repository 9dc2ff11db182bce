import type { BarStatement, Field } from './bar.ts';
import { didYouMean } from '../../base/match.ts';
import type { ProblemCollector } from '../problems.ts';
import { quoteAll } from '../../base/text.ts';

/** A bar, with the bars that its start and end depend on. */
export interface Bar {
  readonly id: string;
  readonly statement: BarStatement;
  /** Bars that must end before it starts. */
  readonly after: readonly Bar[];
  /** Bars whose start ends it; the earliest start counts. */
  readonly until: readonly Bar[];
}

/**
 * Gives every bar an id, and resolves the ids in its `after` and `until`.
 *
 * @param refused lines of the chart that could not be read and may have been bars
 */
export function linkBars(
  statements: readonly BarStatement[],
  refused: readonly string[],
  problems: ProblemCollector,
): Bar[] {
  const ids = nameBars(statements, problems);
  const bars: (Bar & { after: Bar[]; until: Bar[] })[] = statements.map((statement, index) => ({
    id: ids[index] ?? '',
    statement,
    after: [],
    until: [],
  }));
  const byId = new Map(bars.toReversed().map((bar) => [bar.id, bar]));
  const lost = lostIds(refused);
  for (const [index, bar] of bars.entries()) {
    const { start, end } = bar.statement;
    if (start.type === 'after') bar.after.push(...findBars(start.ids, bar, { byId, lost }, problems));
    if (end.type === 'until') bar.until.push(...findBars(end.ids, bar, { byId, lost }, problems));
    // For Mermaid, the previous bar is the one on the line above, even if it is in another section.
    const previous = bars[index - 1];
    if (start.type === 'previous' && previous !== undefined) bar.after.push(previous);
  }
  return bars;
}

/** The tasks that a bar follows. A vertical marker is not a task, so the tasks before the marker take its place. */
export function tasksBefore(bar: Bar): Bar[] {
  const found = new Set<Bar>();
  const seen = new Set<Bar>();
  const waiting = [...bar.after].reverse();
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    if (seen.has(one)) continue;
    seen.add(one);
    if (isMarker(one.statement)) waiting.push(...one.after.toReversed());
    else found.add(one);
  }
  return [...found];
}

/** True for a vertical line across the chart (`vert`). */
export function isMarker({ tags }: BarStatement): boolean {
  return tags.includes('vert');
}

interface Known {
  readonly byId: ReadonlyMap<string, Bar>;
  /** True when an id may belong to a bar on a refused line, whose error is enough. */
  readonly lost: (id: string) => boolean;
}

/** Any word of a refused line may be the id of its bar. A bar without an id would be named `task1`, `task2`, .... */
function lostIds(refused: readonly string[]): Known['lost'] {
  const words = new Set(refused.flatMap((line) => line.split(/[\s:,]+/)));
  return (id) => words.has(id) || (refused.length > 0 && /^task\d+$/.test(id));
}

function findBars(ids: readonly Field[], from: Bar, { byId, lost }: Known, problems: ProblemCollector): Bar[] {
  const found = new Set<Bar>();
  for (const { text, point } of ids) {
    const bar = byId.get(text);
    if (bar !== undefined) found.add(bar);
    else if (!lost(text)) {
      const others = [...byId.keys()].filter((id) => id !== from.id);
      const suggestion = didYouMean(text, others);
      problems.error('gantt-unknown-bar', `No bar of this chart has the id "${text}".`, point, {
        ...(others.length === 0 ? {} : { expected: `one of ${quoteAll(others)}` }),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
  }
  return [...found];
}

/** Names bars without an id `task1`, `task2`, ..., as Mermaid does. Such a name changes when a bar is added above it: a finding. */
function nameBars(statements: readonly BarStatement[], problems: ProblemCollector): string[] {
  const firstLine = new Map<string, number>();
  let unnamed = 0;
  return statements.map((statement) => {
    const { id, title, point } = statement;
    const name = id ?? `task${++unnamed}`;
    const taken = firstLine.get(name);
    if (taken !== undefined) {
      problems.error('gantt-repeated-id', `The id "${name}" is already taken by the bar on line ${taken}.`, point, {
        expected: 'an id that no other bar of this chart has',
      });
    } else if (id === undefined && !isMarker(statement)) {
      problems.finding('gantt-no-id', `The bar "${title}" has no id and is called "${name}".`, point, {
        suggestion: 'Give it an id, so that its name does not change when bars are added above it.',
      });
    }
    firstLine.set(name, taken ?? point.line);
    return name;
  });
}
