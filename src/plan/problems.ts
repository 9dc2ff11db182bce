/** A place within one file. `line` and `column` count from 1. */
export interface Point {
  readonly line: number;
  readonly column: number;
}

export type Hints = Pick<Problem, 'expected' | 'suggestion'>;

/** Collects the problems of one file, so that a reader can go on after an error and report the next one too. */
export class ProblemCollector {
  readonly problems: Problem[] = [];
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Adds a problem that keeps the phase from starting. */
  error(code: string, message: string, at: Point, hints: Hints = {}): void {
    this.#add('error', code, message, at, hints);
  }

  /** Adds a point that a careful planner would question. */
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

/** Renders hints for the end of a message: ` (expected …; …)`. */
export function hintsInWords({ expected, suggestion }: Hints, ...more: readonly string[]): string {
  const hints = [
    ...(expected === undefined ? [] : [`expected ${expected}`]),
    ...(suggestion === undefined ? [] : [suggestion]),
    ...more,
  ];
  return hints.length === 0 ? '' : ` (${hints.join('; ')})`;
}

/** Sorts problems: errors first, then by file and place. */
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

/** Compares by code unit, because the order must not depend on the machine's locale. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Receives the problems that lint rules find. A plan keeps lines only; `place` adds the column from the document's text. */
export interface LintReport {
  error(code: string, message: string, at: Point, hints?: Hints): void;
  finding(code: string, message: string, at: Point, hints?: Hints): void;
  /** Finds words on a line. Returns the start of the line's first word when the line does not contain them. */
  place(line: number, words?: string): Point;
}

/** A place in a source file. `line` and `column` count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A mistake in a plan or playbook (`error`), or a point that a careful planner would question (`finding`). */
export interface Problem {
  readonly severity: 'error' | 'finding';
  /** Stable kebab-case name, for example `gantt-unknown-task`. Listed in docs/plan-format.md and docs/playbook.md. */
  readonly code: string;
  readonly message: string;
  readonly place: Place;
  /** A correct form, in words. */
  readonly expected?: string;
  /** A way to mend it: the nearest match, or a line to write. */
  readonly suggestion?: string;
  /** Set when the error only blocks this task (`4.1/a1`): the phase can start, and `retry` runs the task after the error is mended. */
  readonly blocks?: string;
}
