import { bindChecks } from './bind-checks.ts';
import type { Binding } from './bind-context.ts';
import { meantBy } from './match.ts';
import type { Check, Criterion, Gate } from './gate-model.ts';
import type { PlaybookCriterion } from './playbook-gates.ts';
import type { Path } from './playbook-reader.ts';
import type { Playbook, PlaybookStep } from './playbook.ts';

/** `evidence: readiness-report` beside `approve`: a check that waits for the report, and shows which one is approved. */
export function bindEvidence(
  binding: Binding,
  gate: Gate,
  criterion: Criterion,
  path: Path,
  { evidence, approve }: PlaybookCriterion,
): Check[] {
  if (evidence === undefined) return [];
  const at = [...path, 'evidence'];
  if (approve === undefined) {
    binding.reader.error('evidence-alone', at, '"evidence" is what somebody approves, and nobody is asked to.', {
      expected: '"approve" beside it',
    });
    return [];
  }
  const written = reportsWritten(binding.playbook);
  if (!written.includes(evidence)) {
    const message = `No task writes a report "${evidence}".`;
    const hints = written.length === 0 ? { suggestion: 'Add a step "report" to a task.' } : meantBy(evidence, written);
    binding.reader.error('report-unknown', at, message, hints);
    return [];
  }
  return bindChecks(binding, gate, criterion, at, { check: { report: evidence } });
}

/** Names of the reports that steps of the playbook write. */
function reportsWritten({ milestones }: Playbook): string[] {
  const tasks = Object.values(milestones).flatMap(({ tasks = {} }) => Object.values(tasks));
  const entries: PlaybookStep[] = tasks.flatMap((task) => [task, ...(task.steps ?? [])]);
  const reports = entries.flatMap(({ report }) =>
    typeof report === 'object' && report !== null ? Object.keys(report) : [report],
  );
  return [...new Set(reports.filter((name) => typeof name === 'string'))];
}
