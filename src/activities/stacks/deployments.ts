import { own } from '../../base/json.ts';
import { quoteAll } from '../../base/text.ts';
import type { TaskRef } from '../../plan/gate-model.ts';
import type { PlaybookProblems, SectionContext, SectionTask } from '../../plan/section.ts';
import type { BoundStacks } from './bind.ts';
import { ofStacks } from './shape.ts';

interface Deployment {
  readonly task: TaskRef;
  readonly environment: string | undefined;
}

/** Reports problems that would make deployments fail. Each blocks only the task with the deployment. */
export function reportDeployments(
  stacks: BoundStacks,
  tasks: readonly SectionTask[],
  { problems, environments }: SectionContext,
): void {
  for (const name of Object.keys(stacks.entries)) {
    const deployments = tasks.flatMap(({ task }) =>
      task.steps
        .filter(({ publishes }) => publishes === `stacks.${name}`)
        .map(({ environment }): Deployment => ({ task: task.ref, environment })),
    );
    reportBroken(name, deployments, stacks, problems);
    reportCapabilities(name, deployments, stacks, problems);
    for (const { task, environment } of deployments) {
      const around = environment === undefined ? undefined : own(environments, environment);
      const shared = around === undefined ? {} : ofStacks(around).parameters;
      const missing = missingParameters(name, stacks, Object.keys(shared));
      if (missing.length > 0) reportMissing(name, { task, environment }, missing, problems);
    }
    if (deployments.length === 0 && tasks.every(({ incomplete }) => !incomplete)) {
      const verb = own(stacks.entries, name)?.existing === undefined ? 'deploys' : 'looks for';
      problems.finding('stack-unused', ['stacks', name], `No task ${verb} stack ${name}.`);
    }
  }
}

function reportBroken(
  name: string,
  deployments: readonly Deployment[],
  stacks: BoundStacks,
  problems: PlaybookProblems,
): void {
  const reason = own(stacks.broken, name);
  if (reason === undefined) return;
  const path = ['stacks', name, 'template'];
  for (const { task } of deployments) problems.error('template', path, reason, { blocks: task });
  if (deployments.length === 0) problems.finding('template', path, reason);
}

function reportCapabilities(
  name: string,
  deployments: readonly Deployment[],
  stacks: BoundStacks,
  problems: PlaybookProblems,
): void {
  const needed = own(stacks.capabilities, name);
  const given = own(stacks.entries, name)?.capabilities ?? [];
  if (needed === undefined || given.includes(needed.capability) || given.includes('CAPABILITY_NAMED_IAM')) return;
  const what = needed.capability === 'CAPABILITY_NAMED_IAM' ? 'gives names of their own to' : 'makes';
  const message = `Stack ${name} lacks ${needed.capability}: its template ${what} ${needed.resources.join(', ')}.`;
  const suggestion = `Review what these resources may do, then write capabilities: [${needed.capability}].`;
  for (const { task } of deployments) {
    problems.error('capability-missing', ['stacks', name], message, { suggestion, blocks: task });
  }
}

/** @param shared names of the environment's parameters */
function missingParameters(name: string, { entries, templates }: BoundStacks, shared: readonly string[]): string[] {
  const entry = own(entries, name);
  const given = [...Object.keys(entry?.parameters ?? {}), ...(entry?.keepParameters ?? []), ...shared];
  return (own(templates, name)?.required ?? []).filter((parameter) => !given.includes(parameter));
}

function reportMissing(
  name: string,
  { task, environment }: Deployment,
  missing: readonly string[],
  problems: PlaybookProblems,
): void {
  const where = environment === undefined ? '' : ` in ${environment}`;
  const message = `Stack ${name} has no value${where} for ${quoteAll(missing)}, and its template has no default.`;
  problems.error('parameter-missing', ['stacks', name], message, {
    suggestion: 'Give one under "parameters", of the stack or of the environment.',
    blocks: task,
  });
}
