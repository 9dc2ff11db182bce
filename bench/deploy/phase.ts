import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { smallPlan } from '../../test/support/plans.ts';

/** Folder of the bench's phase, which is also the first part of all stack names. */
export const PHASE = 'deploy';
/** Its only milestone. */
export const MILESTONE = '9.1';
/** The task that deploys all stacks. */
export const TASK = 'a1';

interface ProjectPlaybook {
  readonly environments: { readonly [name: string]: { readonly parameters: { readonly [name: string]: unknown } } };
  readonly stacks: { readonly [name: string]: string | { readonly template: string } };
}

export interface PhaseChoice {
  /** Number of the project's environments to use, in the order of the playbook. */
  readonly environments: number;
  /** Changed values of parameters in the first environment. */
  readonly changed?: { readonly [parameter: string]: string };
}

/**
 * Writes a phase that deploys the project's own stacks to its own environments. One task deploys all of them, so that only imports and
 * references determine their order, as with the other deployers.
 */
export async function writePhase(phasesDir: string, project: string, choice: PhaseChoice): Promise<void> {
  const folder = join(phasesDir, PHASE);
  await mkdir(folder, { recursive: true });
  await cp(join(project, 'infra'), join(folder, 'infra'), { recursive: true });
  const lane = { title: 'Everything', agent: 'Infrastructure Agent', letter: 'a' };
  const plan = smallPlan({
    milestones: [{ number: MILESTONE, title: 'Deployment', lanes: [lane], tags: { a2: 'done' } }],
  });
  await writeFile(join(folder, 'plan.md'), plan);
  const playbook = parse(await readFile(join(project, 'playbook.yaml'), 'utf8')) as ProjectPlaybook;
  await writeFile(join(folder, 'playbook.yaml'), stringify(reduced(playbook, choice)));
}

function reduced({ environments, stacks: all }: ProjectPlaybook, { environments: count, changed = {} }: PhaseChoice) {
  // Those of the environments alone: what the application lives on refers to its pipeline.
  const stacks = Object.fromEntries(Object.entries(all).filter(([, stack]) => templateIn(stack).startsWith('infra/')));
  const chosen = Object.entries(environments).slice(0, count);
  return {
    environments: Object.fromEntries(
      chosen.map(([name, environment], index) => [
        name,
        index > 0 ? environment : { ...environment, parameters: { ...environment.parameters, ...changed } },
      ]),
    ),
    stacks,
    milestones: { [MILESTONE]: { tasks: { [TASK]: { stacks: Object.keys(stacks) } } } },
  };
}

function templateIn(stack: string | { readonly template: string }): string {
  return typeof stack === 'string' ? stack : stack.template;
}
