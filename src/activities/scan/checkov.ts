import { relative } from 'node:path';
import { z } from 'zod';
import { locate, parseOutput, pythonRules, runTool } from './tool.ts';
import { type Finding, findingAt, type Subject, ToolProblem, type ToolReport } from './model.ts';

const record = z.object({
  check_id: z.string(),
  check_name: z.string(),
  file_abs_path: z.string(),
  resource: z.string(),
});

const answer = z.object({
  results: z.object({
    failed_checks: z.array(record),
    // Skipped by an exception in a template, which has not been reviewed.
    skipped_checks: z.array(record).default([]),
    parsing_errors: z.array(z.string()).default([]),
  }),
  summary: z.object({
    passed: z.number(),
    failed: z.number(),
    resource_count: z.number(),
    checkov_version: z.string(),
  }),
});

/** Checks the templates of each environment by checkov's rules. */
export async function checkov(subject: Subject): Promise<ToolReport> {
  const program = await locate('checkov');
  // Without --skip-download checkov first asks the service of its vendor for explanations.
  const args = ['--directory', subject.renderedDir, '--framework', 'cloudformation', '--skip-download'];
  const { output } = await runTool(
    'checkov',
    program,
    [...args, '--compact', '--quiet', '--output', 'json'],
    [0, 1],
    subject,
  );
  const parsed = answer.safeParse(parseOutput('checkov', output));
  // Without any resource to check, checkov answers in another form, with exit code 0.
  if (!parsed.success) throw new ToolProblem('checkov has looked at nothing');
  const { results, summary } = parsed.data;
  const [unread] = results.parsing_errors;
  if (unread !== undefined) throw new ToolProblem(`checkov could not read ${relative(subject.renderedDir, unread)}`);
  if (summary.resource_count === 0 || summary.passed + summary.failed === 0) {
    throw new ToolProblem('checkov has applied no rule to anything');
  }
  const findings = [...results.failed_checks, ...results.skipped_checks].map((check): Finding => {
    // "AWS::S3::Bucket.Archive"
    const resource = check.resource.slice(check.resource.lastIndexOf('.') + 1);
    return findingAt(subject, 'checkov', check.file_abs_path, {
      rule: check.check_id,
      resource,
      message: check.check_name,
    });
  });
  const version = summary.checkov_version;
  return { tool: 'checkov', version, rules: await pythonRules(program, 'checkov', version), findings };
}
