import type { Breakage } from './options.ts';

/** A fault that the demo makes on purpose, and mends once the phase has held because of it. */
export interface Fault {
  readonly breakage: Breakage;
  /** A sentence that says what was broken. */
  readonly done: string;
  readonly mended: string;
  /** Where it shows: a check of a gate that does not pass, a task that blocks, or an issue of a suite, which the phase gets mended by itself. */
  readonly shows:
    | { readonly gate: string; readonly check: string; readonly state?: 'warned' }
    | { readonly task: string }
    | { readonly issue: string }
    /** Nowhere: once the phase is over, this says so, or throws a UserError. */
    | { readonly atEnd: () => Promise<string> };
  /** What has to be so before the phase starts, because it is compiled then. */
  prepare?(): Promise<void>;
  /** @returns true when it is broken now; false before there is anything to break */
  inflict(): Promise<boolean>;
  mend(): Promise<void>;
}
