import type { Binding } from './bind-context.ts';
import type { BoundTask } from './bind-tasks.ts';
import type { Step, TaskRef } from './model.ts';
import { own } from './own.ts';
import { quoteAll } from './text.ts';

interface Deployment {
  readonly task: TaskRef;
  readonly environment: string | undefined;
}

/** What would keep a deployment from succeeding blocks the task that makes it, and that task alone. */
export function reportDeployments(tasks: readonly BoundTask[], binding: Binding): void {
  for (const name of Object.keys(binding.stacks.entries)) {
    const deployments = tasks.flatMap(({ task }) =>
      task.steps
        .filter(({ publishes }) => publishes === stackAddress(name))
        .map(({ environment }): Deployment => ({ task: task.ref, environment })),
    );
    reportBroken(name, deployments, binding);
    reportCapabilities(name, deployments, binding);
    for (const deployment of deployments) reportMissingParameters(name, deployment, binding);
    if (deployments.length === 0 && tasks.every(({ incomplete }) => !incomplete)) {
      const verb = own(binding.stacks.entries, name)?.existing === undefined ? 'deploys' : 'looks for';
      binding.reader.finding('stack-unused', ['stacks', name], `No task ${verb} stack ${name}.`);
    }
  }
}

/** Where references find a stack's outputs. */
export function stackAddress(name: string): string {
  return `stacks.${name}`;
}

/** The stack that a step deploys, if it deploys one. */
export function stackOf({ publishes }: Step): string | undefined {
  return publishes.startsWith('stacks.') ? publishes.slice('stacks.'.length) : undefined;
}

function reportBroken(name: string, deployments: readonly Deployment[], { reader, stacks }: Binding): void {
  const reason = own(stacks.broken, name);
  if (reason === undefined) return;
  const path = ['stacks', name, 'template'];
  for (const { task } of deployments) reader.error('template', path, reason, { blocks: task });
  if (deployments.length === 0) reader.finding('template', path, reason);
}

function reportCapabilities(name: string, deployments: readonly Deployment[], { reader, stacks }: Binding): void {
  const needed = own(stacks.capabilities, name);
  const given = own(stacks.entries, name)?.capabilities ?? [];
  if (needed === undefined || given.includes(needed.capability) || given.includes('CAPABILITY_NAMED_IAM')) return;
  const what = needed.capability === 'CAPABILITY_NAMED_IAM' ? 'gives names of their own to' : 'makes';
  const message = `Stack ${name} lacks ${needed.capability}: its template ${what} ${needed.resources.join(', ')}.`;
  const suggestion = `Look at what they may do, then write capabilities: [${needed.capability}].`;
  for (const { task } of deployments) {
    reader.error('capability-missing', ['stacks', name], message, { suggestion, blocks: task });
  }
}

function reportMissingParameters(
  name: string,
  { task, environment }: Deployment,
  { playbook, reader, stacks }: Binding,
): void {
  const given = [
    ...Object.keys(own(stacks.entries, name)?.parameters ?? {}),
    ...(own(stacks.entries, name)?.keepParameters ?? []),
    ...Object.keys((environment === undefined ? undefined : own(playbook.environments, environment))?.parameters ?? {}),
  ];
  const missing = (own(stacks.templates, name)?.required ?? []).filter((parameter) => !given.includes(parameter));
  if (missing.length === 0) return;
  const where = environment === undefined ? '' : ` in ${environment}`;
  const message = `Stack ${name} has no value${where} for ${quoteAll(missing)}, for which its template has no default.`;
  reader.error('parameter-missing', ['stacks', name], message, {
    suggestion: 'Give one under "parameters", of the stack or of the environment.',
    blocks: task,
  });
}
