import { sha256 } from '../base/digest.ts';
import { bytesOf } from '../base/json.ts';
import { bind } from './bind/bind.ts';
import { readDocument } from './document/document.ts';
import { Reading } from './document/reading.ts';
import { lint } from './lint/lint.ts';
import type { Plan } from './model.ts';
import { type Problem, ProblemCollector, sortProblems } from './problems.ts';
import type { Compilation, PlaybookSource, Source } from './source.ts';

/** Compiles a plan document, with or without a playbook, and reports all problems at once. Never throws on bad input. */
export type CompilePlan = (plan: Source, playbook?: PlaybookSource) => Compilation;

export const compilePlan: CompilePlan = (source, playbook) => {
  const collector = new ProblemCollector(source.file);
  // Without this, a byte order mark would become part of the first heading.
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
 * Largest plan, in bytes. Continue-as-new carries the plan in one payload with the rest of the phase's state, and the server accepts
 * 2 MB.
 */
const PLAN_BYTES = 900_000;

function reportSize(plan: Plan, problems: ProblemCollector): void {
  const bytes = bytesOf(plan);
  if (bytes <= PLAN_BYTES) return;
  const message = `With its playbook, the plan has ${bytes} bytes.`;
  problems.error(
    'plan-large',
    message,
    { line: 1, column: 1 },
    {
      expected: `at most ${PLAN_BYTES}: Temporal carries the plan in one payload`,
      suggestion: 'Limit checks to the stacks and environments that they are about, or split the plan into two phases.',
    },
  );
}

/** The result holds a plan when every error blocks a single task only: the other tasks of such a plan can run. */
function compilation(plan: Plan, problems: readonly Problem[]): Compilation {
  const startable = problems.every(({ severity, blocks }) => severity === 'finding' || blocks !== undefined);
  return { ...(startable ? { plan } : {}), problems: sortProblems(problems) };
}
