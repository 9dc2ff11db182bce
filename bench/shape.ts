import { smallPlan } from '../test/support/plans.ts';

/** Both sides run three milestones in series, each with four lanes of two no-op tasks, and eleven gates. */
export const milestones = ['9.1', '9.2', '9.3'] as const;
export const GATES = 2 + milestones.length * 3;

/** Folder name of the phase that is compared with the workflow written by hand. */
export const PHASE = 'bench';
const letters = ['a', 'b', 'c', 'd'] as const;

export const plan = smallPlan({
  milestones: milestones.map((number) => ({
    number,
    title: `Milestone ${number}`,
    lanes: letters.map((letter) => ({ title: `Lane ${letter}`, agent: `Agent ${letter}`, letter })),
  })),
});

/** A playbook that binds every task to one no-op step. `entry` holds further lines for each milestone. */
export const playbook = (entry: readonly string[] = []) =>
  [
    'milestones:',
    ...milestones.flatMap((number) => [
      `  "${number}":`,
      ...entry.map((line) => `    ${line}`),
      '    tasks:',
      ...letters.flatMap((letter) => [1, 2].map((task) => `      ${letter}${String(task)}: {noop: ${letter}}`)),
    ]),
    '',
  ].join('\n');
