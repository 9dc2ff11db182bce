import type { Gantt, GanttBar, SectionStatement } from './model.ts';
import type { BarStatement } from './bar.ts';
import type { DateFormat } from './dates.ts';
import type { DaysOff } from './days-off.ts';
import { type Bar, isMarker, linkBars, tasksBefore } from './links.ts';
import { addLength, dayLength } from './time.ts';
import { sortGraph } from '../../base/graph.ts';
import type { Point, ProblemCollector } from '../problems.ts';
import { days } from '../../base/text.ts';

interface Span {
  readonly start: number;
  /** Time at which bars that follow may start, after any days off at its end. */
  readonly end: number;
  /** End of the drawn bar, which is its due time. */
  readonly drawn: number;
  /** Its stated length, without days off; absent when the bar states an end instead. */
  readonly length?: number;
}

export interface ChartSettings {
  /** Absent when the chart's `dateFormat` could not be read. */
  readonly dates: DateFormat | undefined;
  /** `inclusiveEndDates`: the end date is a working day too. */
  readonly inclusiveEnds: boolean;
  readonly daysOff: DaysOff | undefined;
  /** Lines that could not be read and may have been bars. */
  readonly refused: readonly string[];
}

/** The latest end that is accepted. */
const LATEST = Date.UTC(9999, 11, 31);

/** Computes start and length of every bar, in plan days from the first start. Excluded days do not count. */
export function scheduleBars(
  sections: readonly SectionStatement[],
  settings: ChartSettings,
  problems: ProblemCollector,
): Gantt {
  const statements = sections.flatMap((section) => section.bars);
  const bars = linkBars(statements, settings.refused, problems);
  const { order, cycles } = sortGraph(bars, (bar) => [...bar.after, ...bar.until]);
  for (const cycle of cycles) reportCycle(cycle, problems);
  reportMissingStart(statements, problems);

  const spans = new Map<Bar, Span>();
  // Bars on a cycle, or after one, come last with some start. The cycle has been reported.
  for (const bar of new Set([...order, ...bars])) spans.set(bar, spanOf(bar, spans, settings, problems));
  const tasks = bars.filter((bar) => !isMarker(bar.statement));
  const origin = tasks.reduce((first, bar) => Math.min(first, spans.get(bar)?.start ?? first), Infinity);
  const reached = new Set(order);
  const placed = new Map(
    tasks.map((bar) => {
      // Without `after`, later checks do not report the same cycle again.
      const after = reached.has(bar) ? tasksBefore(bar).map(({ id }) => id) : [];
      return [bar.statement, placeBar(bar, after, spans.get(bar), origin, settings)];
    }),
  );
  return {
    // A section with markers only is not a lane.
    sections: sections
      .filter((section) => section.bars.length === 0 || section.bars.some((bar) => !isMarker(bar)))
      .map(({ title, point, bars: written }) => ({
        title,
        point,
        bars: written.flatMap((bar) => placed.get(bar) ?? []),
      })),
    plannedDays: [...placed.values()].reduce((last, { start, days }) => Math.max(last, start + days), 0),
  };
}

function placeBar(
  bar: Bar,
  after: readonly string[],
  span: Span = { start: 0, end: 0, drawn: 0 },
  origin: number,
  { dates, daysOff }: ChartSettings,
): GanttBar {
  const { title, tags, point } = bar.statement;
  const work = (from: number, to: number): number => daysOff?.work(from, to) ?? to - from;
  const start = work(origin, span.start);
  // A bar that lies wholly on days off takes as long as it is drawn.
  const length = span.length ?? (work(origin, span.end) - start || span.drawn - span.start);
  return {
    id: bar.id,
    title,
    tags,
    start: start / dayLength,
    days: length / dayLength,
    after,
    ...(dates?.counts === 'dates'
      ? { startsAt: new Date(span.start).toISOString(), dueAt: new Date(span.drawn).toISOString() }
      : {}),
    point,
  };
}

function reportCycle(cycle: readonly Bar[], problems: ProblemCollector): void {
  const statement = cycle[0]?.statement;
  if (statement === undefined) return;
  const path = cycle.toReversed().map((bar) => bar.id);
  problems.error('gantt-cycle', `Bars wait for each other: ${path.join(' after ')}.`, waitsAt(statement), {
    expected: 'bars that start after earlier ones only',
  });
}

function waitsAt({ start, end, point }: BarStatement): Point {
  if (start.type === 'after') return start.ids[0]?.point ?? point;
  return end.type === 'until' ? (end.ids[0]?.point ?? point) : start.point;
}

/** Reports a first bar without a start: Mermaid does not draw such a chart. */
function reportMissingStart([first]: readonly BarStatement[], problems: ProblemCollector): void {
  if (first?.start.type !== 'previous') return;
  problems.error('gantt-start', `The first bar, "${first.title}", has no start.`, first.start.point, {
    expected: 'a start, because there is no bar before it',
  });
}

function spanOf(
  bar: Bar,
  spans: ReadonlyMap<Bar, Span>,
  { dates, inclusiveEnds, daysOff }: ChartSettings,
  problems: ProblemCollector,
): Span {
  const { start, end, title, point } = bar.statement;
  const from = start.type === 'at' ? start.time : latest(bar.after.map((one) => spans.get(one)?.end ?? 0));
  const wrong = (message: string, expected: string): Span => {
    problems.error('gantt-length', message, end.point, { expected });
    return { start: from, end: from, drawn: from };
  };
  const inclusive = end.type === 'at' && inclusiveEnds ? dayLength : 0;
  const to = (endOf(bar, from, spans) ?? from) + inclusive;
  if (to < from) return wrong(`The bar "${title}" ends before it starts.`, 'an end that is not before the start');
  const length = end.type === 'length' ? { length: to - from } : {};
  if (daysOff === undefined || (end.type === 'at' && end.fixed)) {
    const isFar = dates?.counts === 'dates' && !(to <= LATEST);
    if (isFar) return wrong(`The bar "${title}" ends after the year 9999.`, 'an end before that');
    return { start: from, end: to, drawn: to, ...length };
  }
  if (daysOff.has(from)) reportDayOff(title, dates?.write(from) ?? '', point, problems);
  const extended = to <= LATEST ? daysOff.extend(from, to) : undefined;
  if (end.type !== 'length' && extended !== undefined && extended.drawn > to) {
    reportMoved(title, (extended.drawn - to) / dayLength, end.point, problems);
  }
  if (extended !== undefined && extended.end <= LATEST) return { start: from, ...extended, ...length };
  return wrong(`The bar "${title}" ends too late to count the days off within it.`, 'fewer days, or fewer days off');
}

function endOf({ statement: { end }, until }: Bar, from: number, spans: ReadonlyMap<Bar, Span>): number | undefined {
  if (end.type === 'length') return addLength(from, end.length);
  if (end.type === 'at') return end.time;
  const starts = until.flatMap((one) => spans.get(one)?.start ?? []);
  return starts.length === 0 ? undefined : starts.reduce((a, b) => Math.min(a, b));
}

function reportDayOff(title: string, day: string, point: Point, problems: ProblemCollector): void {
  problems.finding('gantt-day-off', `The bar "${title}" starts on ${day}, which the chart excludes.`, point, {
    suggestion: 'Mermaid counts the day on which a bar starts as a working day, and so does the plan.',
  });
}

function reportMoved(title: string, count: number, at: Point, problems: ProblemCollector): void {
  const message = `Mermaid draws the bar "${title}" ${days(count)} beyond its end, one for each day off within it.`;
  problems.finding('gantt-end-moved', message, at, {
    suggestion: 'For an end that does not move, write a date without a time, as YYYY-MM-DD.',
  });
}

// Math.max(...times) would exhaust the stack on a very long chart.
function latest(times: readonly number[]): number {
  return times.reduce((a, b) => Math.max(a, b), 0);
}
