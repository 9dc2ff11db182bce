/** What a phase is compiled from, and to. */
import type { Plan } from '../plan/model.ts';

/** Texts in place of the files of a phase folder. */
export interface GivenTexts {
  readonly plan?: string;
  readonly playbook?: string;
}

export interface CompileRequest {
  readonly phase: string;
  /** Texts in place of the files of the folder. They are kept among the records. */
  readonly given?: GivenTexts;
  /** Of the workflow that texts are kept for. */
  readonly workflowId?: string;
}

/** Paths among the records of texts that stand in place of files of the phase folder. */
export interface PhaseSource {
  readonly plan?: string;
  readonly playbook?: string;
}

export interface CompiledPhase {
  readonly plan: Plan;
  /** Where the texts are that were given in place of files. */
  readonly source?: PhaseSource;
  /** Number of lint findings; `npm run plan -- check` shows them. */
  readonly findings: number;
  /** Errors that keep a task from running until they are mended, one line each. */
  readonly blocking: readonly string[];
  /** Whether the worker has seen the namespace to know the custom search attributes. */
  readonly searchAttributes: boolean;
}
