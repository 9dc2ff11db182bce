import type { Kinds } from './kinds.ts';
import type { Plan } from './model.ts';
import type { Problem } from './problems.ts';

/** A text, and the file name that problems show for it. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

export interface PlaybookSource extends Source {
  /** Phase folder name, `phase-4`. */
  readonly phase: string;
  /** Text of every template that the playbook names, by its path in the phase folder; `null` where it is missing. */
  readonly templates: { readonly [path: string]: string | null };
  readonly kinds: Kinds;
}

export interface Compilation {
  /** Absent when there are errors that keep the phase from starting. */
  readonly plan?: Plan;
  /** All problems, errors first, then by file and line. */
  readonly problems: readonly Problem[];
}
