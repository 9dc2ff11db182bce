import type { Gantt, GanttBar, SectionStatement } from './gantt.ts';
import type { BarStatement, Field } from './gantt-bar.ts';
import { dayLength } from './gantt-time.ts';
import { sortGraph } from './graph.ts';
import { didYouMean } from './nearest.ts';
import type { ProblemCollector } from './problem-collector.ts';
import { quoteAll } from './text.ts';

interface Bar {
  readonly id: string;
  readonly statement: BarStatement;
  /** Bars that must end before it starts. */
  readonly after: readonly Bar[];
}

interface Span {
  readonly start: number;
  readonly end: number;
}

export interface ChartSettings {
  /** `dateFormat D`: starts are plan days, and the chart begins on day 1. Otherwise they are dates. */
  readonly countsDays: boolean;
  /** `inclusiveEndDates`: the day named as the end is worked too. */
  readonly inclusiveEnds: boolean;
}

/** Places every bar on the calendar of its chart, in plan days from the first start. */
export function scheduleBars(
  sections: readonly SectionStatement[],
  settings: ChartSettings,
  problems: ProblemCollector,
): Gantt {
  const statements = sections.flatMap((section) => section.bars);
  const bars = linkBars(statements, problems);
  const { order, cycles } = sortGraph(bars, (bar) => bar.after);
  for (const cycle of cycles) reportCycle(cycle, problems);
  if (!settings.countsDays) reportMissingOrigin(statements, problems);

  const spans = new Map<Bar, Span>();
  // Bars on a cycle, or behind one, come last and start wherever they can; the cycle is reported.
  for (const bar of new Set([...order, ...bars])) {
    spans.set(bar, spanOf(bar, spans, settings.inclusiveEnds, problems));
  }
  const origin = [...spans.values()].map((span) => span.start).reduce(earlier, Infinity);
  const last = latest([...spans.values()].map((span) => span.end));
  const reached = new Set(order);
  const placed = new Map(
    bars.map((bar) => {
      // Nobody shall report the same cycle again.
      const after = reached.has(bar) ? bar.after : [];
      return [bar.statement, placeBar({ ...bar, after }, spans.get(bar), origin)];
    }),
  );
  return {
    sections: sections.map((section) => ({
      title: section.title,
      point: section.point,
      bars: section.bars.flatMap((statement) => placed.get(statement) ?? []),
    })),
    plannedDays: bars.length === 0 ? 0 : (last - origin) / dayLength,
  };
}

function placeBar(bar: Bar, span: Span = { start: 0, end: 0 }, origin: number): GanttBar {
  const { title, tags, point } = bar.statement;
  return {
    id: bar.id,
    title,
    tags,
    start: (span.start - origin) / dayLength,
    days: (span.end - span.start) / dayLength,
    after: bar.after.map((one) => one.id),
    point,
  };
}

/** Gives every bar an id and finds the bars that it follows. */
function linkBars(statements: readonly BarStatement[], problems: ProblemCollector): Bar[] {
  const ids = nameBars(statements, problems);
  const bars: (Bar & { after: Bar[] })[] = statements.map((statement, index) => ({
    id: ids[index] ?? '',
    statement,
    after: [],
  }));
  const byId = new Map(bars.toReversed().map((bar) => [bar.id, bar]));
  for (const [index, bar] of bars.entries()) {
    const { start } = bar.statement;
    if (start.type === 'after') bar.after.push(...findBars(start.ids, byId, problems));
    // Mermaid's "previous" is the bar on the line above, in whichever section that stands.
    const previous = bars[index - 1];
    if (start.type === 'previous' && previous !== undefined) bar.after.push(previous);
  }
  return bars;
}

function findBars(ids: readonly Field[], byId: ReadonlyMap<string, Bar>, problems: ProblemCollector): Bar[] {
  const found = new Set<Bar>();
  for (const { text, point } of ids) {
    const bar = byId.get(text);
    if (bar !== undefined) found.add(bar);
    else {
      const suggestion = didYouMean(text, byId.keys());
      problems.error('gantt-unknown-bar', `No bar of this chart has the id "${text}".`, point, {
        expected: `one of ${quoteAll(byId.keys())}`,
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
  }
  return [...found];
}

/** Mermaid names bars without an id `task1`, `task2`, ...; so do we, but such a name shifts when a bar is put before it. */
function nameBars(statements: readonly BarStatement[], problems: ProblemCollector): string[] {
  const firstLine = new Map<string, number>();
  let unnamed = 0;
  return statements.map(({ id, title, point }) => {
    const name = id ?? `task${++unnamed}`;
    const taken = firstLine.get(name);
    if (taken !== undefined) {
      problems.error('gantt-repeated-id', `The id "${name}" is already taken by the bar on line ${taken}.`, point, {
        expected: 'an id that no other bar of this chart has',
      });
    } else if (id === undefined) {
      problems.finding('gantt-no-id', `The bar "${title}" has no id and is called "${name}".`, point, {
        suggestion: 'Give it an id, so that its name stays when bars are added above it.',
      });
    }
    firstLine.set(name, taken ?? point.line);
    return name;
  });
}

function reportCycle(cycle: readonly Bar[], problems: ProblemCollector): void {
  const start = cycle[0]?.statement.start;
  if (start === undefined) return;
  const point = start.type === 'after' ? start.ids[0]?.point : start.point;
  const path = cycle.toReversed().map((bar) => bar.id);
  problems.error('gantt-cycle', `Bars wait for each other: ${path.join(' after ')}.`, point ?? { line: 1, column: 1 }, {
    expected: 'bars that start after earlier ones only',
  });
}

/** A chart of dates whose first bar has none: Mermaid would start it today. */
function reportMissingOrigin(statements: readonly BarStatement[], problems: ProblemCollector): void {
  const [first] = statements;
  if (first?.start.type !== 'previous') return;
  if (!statements.some(({ start, end }) => start.type === 'at' || end.type === 'at')) return;
  problems.error('gantt-start', `The first bar, "${first.title}", has no start.`, first.start.point, {
    expected: 'a start, because no bar stands before it and others have one',
  });
}

function spanOf(bar: Bar, spans: ReadonlyMap<Bar, Span>, inclusiveEnds: boolean, problems: ProblemCollector): Span {
  const { start, end, title } = bar.statement;
  const ends = bar.after.map((one) => spans.get(one)?.end ?? 0);
  const from = start.type === 'at' ? start.time : latest(ends);
  if (end.type === 'length') return { start: from, end: from + end.time };
  const to = inclusiveEnds ? end.time + dayLength : end.time;
  if (to >= from) return { start: from, end: to };
  problems.error('gantt-length', `The bar "${title}" ends before it starts.`, end.point, {
    expected: 'an end that is not before the start',
  });
  return { start: from, end: from };
}

// Math.max(...times) would exhaust the stack on a very long chart.
function latest(times: readonly number[]): number {
  return times.reduce((a, b) => Math.max(a, b), 0);
}

function earlier(a: number, b: number): number {
  return Math.min(a, b);
}
