import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { smallPlan } from '../test/support/plans.ts';

/** Both sides run three milestones in series, each with four lanes of two no-op tasks, and eleven gates. */
export const milestones = ['9.1', '9.2', '9.3'] as const;
export const GATES = 2 + milestones.length * 3;

export const PHASE = 'bench';
const letters = ['a', 'b', 'c', 'd'] as const;

const plan = smallPlan({
  milestones: milestones.map((number) => ({
    number,
    title: `Milestone ${number}`,
    lanes: letters.map((letter) => ({ title: `Lane ${letter}`, agent: `Agent ${letter}`, letter })),
  })),
});

/** Binds every task to one no-op step. */
const playbook = [
  'milestones:',
  ...milestones.flatMap((number) => [
    `  "${number}":`,
    '    tasks:',
    ...letters.flatMap((letter) => [1, 2].map((task) => `      ${letter}${String(task)}: {noop: ${letter}}`)),
  ]),
  '',
].join('\n');

/** Writes the phase folder that phasegate's side runs. */
export async function writePhase(phasesDir: string): Promise<void> {
  const folder = join(phasesDir, PHASE);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'plan.md'), plan);
  await writeFile(join(folder, 'playbook.yaml'), playbook);
}
