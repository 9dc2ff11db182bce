import type { Point } from '../problems.ts';
import type { BarStatement } from './bar.ts';

/** A Gantt chart as Mermaid draws it. */
export interface Gantt {
  readonly sections: readonly GanttSection[];
  /** Working days from the first start to the last end. */
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
  /** Working days from the chart's first start. */
  readonly start: number;
  readonly days: number;
  /** Start and due time, if the chart has dates. A chart names no zone: the instants are written as if its clock showed UTC. */
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
