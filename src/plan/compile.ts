import { bind } from './bind.ts';
import { bytesOf } from './bytes.ts';
import { sha256 } from './digest.ts';
import { readDocument } from './document.ts';
import type { Kinds } from './kinds.ts';
import { lint } from './lint.ts';
import type { Plan } from './model.ts';
import type { Problem } from './problem.ts';
import { ProblemCollector, sortProblems } from './problem-collector.ts';
import { Reading } from './reading.ts';

/** A text and the name under which problems refer to it. */
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
  /** Everything found, errors first, then by file and line. */
  readonly problems: readonly Problem[];
}

/** Compiles a plan document, with or without a playbook, reporting every problem at once. Never throws on bad input. */
export type CompilePlan = (plan: Source, playbook?: PlaybookSource) => Compilation;

export const compilePlan: CompilePlan = (source, playbook) => {
  const collector = new ProblemCollector(source.file);
  // A byte order mark is no part of the first heading.
  const reading = new Reading(source.text.replace(/^\uFEFF/, ''), collector);
  const document: Plan = {
    ...readDocument(reading),
    digests: { plan: sha256(source.text), templates: {} },
  };
  const { plan, problems } = playbook === undefined ? { plan: document, problems: [] } : bind(document, playbook);
  reportSize(plan, collector);
  const read = collector.problems;
  const questions = lint(plan, { file: source.file, lines: reading.lines, problems: read });
  return compilation(plan, [...read, ...problems, ...questions]);
};

/**
 * Bytes that a plan may have: it travels in one payload with everything that a phase carries through continue-as-new, and the server
 * takes 2 MB.
 */
const PLAN_BYTES = 900_000;

function reportSize(plan: Plan, problems: ProblemCollector): void {
  const bytes = bytesOf(plan);
  if (bytes <= PLAN_BYTES) return;
  const message = `With its playbook the plan comes to ${bytes} bytes.`;
  problems.error(
    'plan-large',
    message,
    { line: 1, column: 1 },
    {
      expected: `at most ${PLAN_BYTES}: Temporal carries it in one piece`,
      suggestion: 'Confine checks to the stacks and environments that they are about, or make two phases of it.',
    },
  );
}

/** A plan starts unless something is wrong with more than one task of it. */
function compilation(plan: Plan, problems: readonly Problem[]): Compilation {
  const startable = problems.every(({ severity, blocks }) => severity === 'finding' || blocks !== undefined);
  return { ...(startable ? { plan } : {}), problems: sortProblems(problems) };
}
