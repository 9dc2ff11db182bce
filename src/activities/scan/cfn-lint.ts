import { join, relative } from 'node:path';
import { z } from 'zod';
import { locate, parseOutput, pythonRules, runTool } from './tool.ts';
import { ToolProblem, type Finding, type Subject, type ToolReport } from './model.ts';

const matches = z.array(
  z.object({
    Rule: z.object({ Id: z.string() }),
    Message: z.string(),
    Filename: z.string(),
    Level: z.string(),
    Location: z.object({
      Start: z.object({ LineNumber: z.number() }),
      Path: z.array(z.union([z.string(), z.number()])).nullish(),
    }),
  }),
);

/** Exit codes are sums: 2 for errors, 4 for warnings, 8 for informational findings. */
const FINE = [0, 2, 4, 6, 8, 10, 12, 14];

/** Checks that CloudFormation accepts the templates, in every region that they are deployed to. */
export async function cfnLint(subject: Subject): Promise<ToolReport> {
  const program = await locate('cfn-lint');
  const { output: told } = await runTool('cfn-lint', program, ['--version'], [0], subject);
  const version = /\d+(\.\d+)+/.exec(told)?.[0];
  if (version === undefined) throw new ToolProblem(`cfn-lint does not tell its version: ${told.trim()}`);
  const files = subject.templates.map((template) => join(subject.phaseDir, template));
  const args = ['--format', 'json', '--regions', ...subject.regions, '--', ...files];
  const { output } = await runTool('cfn-lint', program, args, FINE, subject);
  const parsed = matches.safeParse(parseOutput('cfn-lint', output));
  if (!parsed.success) throw new ToolProblem('cfn-lint answered in a form that is not known here');
  const findings = parsed.data.map(({ Rule, Message, Filename, Location }): Finding => {
    const [section, resource] = Location.Path ?? [];
    const { LineNumber } = Location.Start;
    return {
      tool: 'cfn-lint',
      rule: Rule.Id,
      template: relative(subject.phaseDir, Filename),
      ...(section === 'Resources' && typeof resource === 'string' ? { resource } : {}),
      message: `line ${LineNumber}: ${Message}`,
    };
  });
  return { tool: 'cfn-lint', version, rules: await pythonRules(program, 'cfn_lint', version), findings };
}
