import type { Point } from '../problems.ts';
import type { BarStatement } from './bar.ts';

/** A Gantt chart as Mermaid draws it. */
export interface Gantt {
  readonly sections: readonly GanttSection[];
  /** From the first start to the last end, in days of work. */
  readonly plannedDays: number;
}

export interface GanttSection {
  readonly title: string;
  readonly bars: readonly GanttBar[];
  readonly point: Point;
}

export interface GanttBar {
  readonly id: string;
  readonly title: string;
  readonly tags: readonly string[];
  /** Days of work from the chart's first start. */
  readonly start: number;
  readonly days: number;
  /** Where the chart has dates: when it starts and when it is due, by the clock of a zone that the chart does not know. */
  readonly startsAt?: string;
  readonly dueAt?: string;
  /** Ids of the bars that it follows. */
  readonly after: readonly string[];
  readonly point: Point;
}

export interface SectionStatement {
  readonly title: string;
  readonly bars: BarStatement[];
  readonly point: Point;
}
