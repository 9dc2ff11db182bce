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
