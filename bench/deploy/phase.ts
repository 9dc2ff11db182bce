import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { smallPlan } from '../../test/support/plans.ts';

/** Folder of the phase that the bench runs, and so the first part of every stack's name. */
export const PHASE = 'deploy';
/** Its only milestone. */
export const MILESTONE = '9.1';
/** The task that deploys everything. */
export const TASK = 'a1';

interface ProjectPlaybook {
  readonly environments: { readonly [name: string]: { readonly parameters: { readonly [name: string]: unknown } } };
  readonly stacks: { readonly [name: string]: unknown };
}

export interface PhaseChoice {
  /** How many of the project's environments, in the playbook's order. */
  readonly environments: number;
  /** Values of parameters that differ from the playbook's, in the first environment. */
  readonly changed?: { readonly [parameter: string]: string };
}

/**
 * Writes a phase that deploys the project's own stacks to its own environments, all of them in one task, so that nothing but
 * imports and references orders them, as it is with the deployers that it is compared with.
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

function reduced({ environments, stacks }: ProjectPlaybook, { environments: count, changed = {} }: PhaseChoice) {
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
