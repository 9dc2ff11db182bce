import type { Span } from '../planned.ts';
import type { Dates } from './dates.ts';

/** A chart of planned and real times, before it is drawn. */
export interface GanttChart {
  readonly title: string;
  /** What it shows, for those who do not see it. */
  readonly description: string;
  readonly groups: readonly GanttGroup[];
  readonly now: number | undefined;
  readonly dates: Dates;
}

export interface GanttGroup {
  readonly title: string;
  readonly bar: GanttBar;
  readonly rows: readonly GanttRow[];
}

export interface GanttRow {
  readonly label: string;
  readonly bar: GanttBar;
}

export interface GanttBar {
  readonly planned: Span;
  /** What has happened so far. */
  readonly actual?: Span;
  /** What is expected from now on. */
  readonly forecast?: Span;
  readonly state: 'done' | 'running' | 'late' | 'pending';
  /** It decides when the phase ends. */
  readonly isCritical: boolean;
  /** The bar in words. */
  readonly words: string;
}

/** From the first to the last instant that a chart shows. */
export function extentOf({ groups }: Pick<GanttChart, 'groups'>): Span {
  const bars = groups.flatMap(({ bar, rows }) => [bar, ...rows.map((row) => row.bar)]);
  const spans = bars.flatMap(({ planned, actual, forecast }) => [planned, ...[actual ?? [], forecast ?? []].flat()]);
  const start = spans.reduce((least, span) => Math.min(least, span.start), Infinity);
  const end = spans.reduce((most, span) => Math.max(most, span.end), -Infinity);
  return start <= end ? { start, end: Math.max(end, start + 1) } : { start: 0, end: 1 };
}
