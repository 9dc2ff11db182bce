/** A place within one file. `line` and `column` count from 1. */
export interface Point {
  readonly line: number;
  readonly column: number;
}

export type Hints = Pick<Problem, 'expected' | 'suggestion'>;

/** Gathers what is wrong with one file, so that a reader can go on after an error and report the next one too. */
export class ProblemCollector {
  readonly problems: Problem[] = [];
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** What keeps the phase from starting. */
  error(code: string, message: string, at: Point, hints: Hints = {}): void {
    this.#add('error', code, message, at, hints);
  }

  /** What a careful planner would question. */
  finding(code: string, message: string, at: Point, hints: Hints = {}): void {
    this.#add('finding', code, message, at, hints);
  }

  #add(severity: Problem['severity'], code: string, message: string, at: Point, hints: Hints): void {
    this.problems.push({
      severity,
      code,
      message,
      place: { file: this.#file, line: at.line, column: at.column },
      ...(hints.expected === undefined ? {} : { expected: hints.expected }),
      ...(hints.suggestion === undefined ? {} : { suggestion: hints.suggestion }),
    });
  }
}

/** ` (expected …; …)`: what would have been right, after the message. */
export function hintsInWords({ expected, suggestion }: Hints, ...more: readonly string[]): string {
  const hints = [
    ...(expected === undefined ? [] : [`expected ${expected}`]),
    ...(suggestion === undefined ? [] : [suggestion]),
    ...more,
  ];
  return hints.length === 0 ? '' : ` (${hints.join('; ')})`;
}

/** Errors first, then by file and place. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const rank = (problem: Problem): number => (problem.severity === 'error' ? 0 : 1);
  return problems.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      compareText(a.place.file, b.place.file) ||
      a.place.line - b.place.line ||
      a.place.column - b.place.column,
  );
}

/** By code unit: the order must not hang on the machine's locale. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Where a rule reports to: a plan keeps lines, and the document's text tells the columns. */
export interface LintReport {
  error(code: string, message: string, at: Point, hints?: Hints): void;
  finding(code: string, message: string, at: Point, hints?: Hints): void;
  /** Where some words stand on a line; the line's first word where they are written otherwise. */
  place(line: number, words?: string): Point;
}

/** A place in a source file. `line` and `column` count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Something that a plan or playbook gets wrong (`error`) or that a careful planner would question (`finding`). */
export interface Problem {
  readonly severity: 'error' | 'finding';
  /** Stable kebab-case name, for example `gantt-unknown-task`. Listed in docs/plan-format.md and docs/playbook.md. */
  readonly code: string;
  readonly message: string;
  readonly place: Place;
  /** What would have been right here, in words. */
  readonly expected?: string;
  /** How to mend it: a nearest match, a line to write. */
  readonly suggestion?: string;
  /** An error that only keeps this one task (`4.1/a1`) from running; the phase can start, and `retry` works after the mend. */
  readonly blocks?: string;
}
