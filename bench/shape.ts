import { smallPlan } from '../test/support/plans.ts';

/** Both sides run three milestones in series, each with four lanes of two no-op tasks, and eleven gates. */
export const milestones = ['9.1', '9.2', '9.3'] as const;
const letters = ['a', 'b', 'c', 'd'] as const;

export const plan = smallPlan({
  milestones: milestones.map((number) => ({
    number,
    title: `Milestone ${number}`,
    lanes: letters.map((letter) => ({ title: `Lane ${letter}`, agent: `Agent ${letter}`, letter })),
  })),
});

/** Binds every task to one no-op step. */
export const playbook = [
  'milestones:',
  ...milestones.flatMap((number) => [
    `  "${number}":`,
    '    tasks:',
    ...letters.flatMap((letter) => [1, 2].map((task) => `      ${letter}${task}: {noop: ${letter}${task}}`)),
  ]),
  '',
].join('\n');

export const PHASE = 'bench';
export const TASKS = milestones.length * letters.length * 2;
