import { sha256 } from '../base/digest.ts';
import { bytesOf } from '../base/json.ts';
import { bind } from './bind/bind.ts';
import { readDocument } from './document/document.ts';
import { Reading } from './document/reading.ts';
import { lint } from './lint/lint.ts';
import type { Plan } from './model.ts';
import { type Problem, ProblemCollector, sortProblems } from './problems.ts';
import type { Compilation, PlaybookSource, Source } from './source.ts';

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
