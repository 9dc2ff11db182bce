import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256 } from '../../base/digest.ts';
import { locate, locateRules, parseOutput, runTool } from './tool.ts';
import { type Finding, findingAt, type Subject, ToolProblem, type ToolReport } from './model.ts';
import { isRecord, type Json } from '../../base/json.ts';

const answer = z.array(
  z.object({
    name: z.string(),
    status: z.enum(['PASS', 'FAIL', 'SKIP']),
    not_compliant: z.array(z.object({ Rule: z.looseObject({ name: z.string() }) })),
  }),
);

/** Exit codes with an answer: 19 when a template does not comply. 5 means that a rule or file cannot be read. */
const FINE = [0, 19];

/** Checks the templates of each environment against the rules of the rule folder. */
export async function cfnGuard(subject: Subject): Promise<ToolReport> {
  const program = await locate('cfn-guard');
  const rulesDir = await locateRules();
  const rules = await rulesDigest(rulesDir);
  const { output: told } = await runTool('cfn-guard', program, ['--version'], [0], subject);
  const args = ['validate', '--rules', rulesDir, '--data', subject.renderedDir];
  const flags = ['--structured', '--output-format', 'json', '--show-summary', 'none'];
  const { output } = await runTool('cfn-guard', program, [...args, ...flags], FINE, subject);
  const parsed = answer.safeParse(parseOutput('cfn-guard', output));
  if (!parsed.success) throw new ToolProblem('cfn-guard answered in a form that is not known here');
  const missing = subject.rendered.length - parsed.data.length;
  if (missing !== 0)
    throw new ToolProblem(`cfn-guard has looked at ${parsed.data.length} of ${subject.rendered.length} files`);
  if (parsed.data.every(({ status }) => status === 'SKIP')) {
    throw new ToolProblem('no rule of cfn-guard speaks of anything in the templates: all were skipped');
  }
  // A template that fails must be among the answers.
  const untold = parsed.data.find(({ status, not_compliant: broken }) => status === 'FAIL' && broken.length === 0);
  if (untold !== undefined) throw new ToolProblem(`cfn-guard objects to ${untold.name} without saying to what`);
  const findings = parsed.data.flatMap(({ name, not_compliant: broken }) =>
    broken.flatMap(({ Rule }) => findingsOf(subject, name, Rule)),
  );
  return { tool: 'cfn-guard', version: told.trim().replace(/^cfn-guard /, ''), rules, findings };
}

/** One finding for each resource that breaks the rule. */
function findingsOf(subject: Subject, file: string, rule: { name: string; [key: string]: unknown }): Finding[] {
  const { resources, message } = detailsOf(rule as Json);
  const found = { rule: rule.name, message: message ?? 'does not comply' };
  if (resources.size === 0) return [findingAt(subject, 'cfn-guard', file, found)];
  return [...resources].map((resource) => findingAt(subject, 'cfn-guard', file, { ...found, resource }));
}

/** The answer is a tree of clauses; its leaves name paths such as `/Resources/Bucket/Properties`. */
function detailsOf(value: Json): { resources: Set<string>; message: string | undefined } {
  const resources = new Set<string>();
  let message: string | undefined;
  const visit = (part: Json): void => {
    if (Array.isArray(part)) part.forEach(visit);
    if (!isRecord(part)) return;
    for (const [key, inner] of Object.entries(part)) {
      if (typeof inner !== 'string') visit(inner);
      else if (key === 'path') addResource(resources, inner);
      else if (key === 'custom_message') message ??= oneLine(inner);
    }
  };
  visit(value);
  return { resources, message };
}

function addResource(resources: Set<string>, path: string): void {
  const [, section, resource] = path.split('/');
  if (section === 'Resources' && resource !== undefined) resources.add(resource);
}

/** `[CT.S3.PR.8]: Require … [FIX]: …`: what is required. */
function oneLine(message: string): string | undefined {
  const text = message.split('[FIX]')[0]?.replace(/\s+/g, ' ').trim();
  return text === '' ? undefined : text;
}

async function rulesDigest(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  const files = entries.filter((entry) => entry.endsWith('.guard')).sort();
  if (files.length === 0) throw new ToolProblem(`cfn-guard has no rules in ${folder}`);
  const texts = await Promise.all(
    files.map(async (file) => `${file}\n${sha256(await readFile(join(folder, file), 'utf8'))}`),
  );
  return sha256(texts.join('\n'));
}
