/** A report before it is drawn: the same parts become a page in HTML, or a document in Markdown. */
import type { SuiteRun } from '../../contract/standing.ts';
import type { GanttChart } from './gantt.ts';

export interface Report {
  readonly title: string;
  /** The first sentence: where the phase is. */
  readonly lead: string;
  readonly sections: readonly Section[];
  /** Small print at the end. */
  readonly foot: string;
}

/** A section without blocks is left out. */
export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly Cell[] }
  | Table
  /** What is only looked up when it is needed. */
  | { readonly kind: 'details'; readonly summary: string; readonly blocks: readonly Block[] }
  | { readonly kind: 'gantt'; readonly chart: GanttChart }
  | { readonly kind: 'trend'; readonly history: { readonly [key: string]: readonly SuiteRun[] } };

export interface Table {
  readonly kind: 'table';
  readonly caption: string;
  readonly head: readonly string[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly Cell[])[];
}

/** Text, or a command to paste. */
export type Cell = string | { readonly command: string };

export function paragraph(text: string): Block[] {
  return text === '' ? [] : [{ kind: 'paragraph', text }];
}

/** A table; nothing without rows. */
export function table(caption: string, head: readonly string[], rows: readonly (readonly Cell[])[]): Block[] {
  return rows.length === 0 ? [] : [{ kind: 'table', caption, head, rows }];
}
