import { coverage, partlyCovered } from '../../src/plan/coverage.ts';
import type { Kinds } from '../../src/plan/kinds.ts';
import type { Plan, Task } from '../../src/plan/model.ts';
import { days } from '../../src/base/text.ts';
import { chart } from './chart.ts';
import { dates } from './dates.ts';
import { gateTable } from './gates.ts';
import { coverageLines, partlyLines } from './report.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** A plan for people to read: charts, tasks, gates. */
export function show(plan: Plan, kinds: Kinds, terminal: Terminal): string {
  const { gates, milestones } = plan;
  const sections = [
    `Phase ${plan.number}: ${plan.title}`,
    ...milestones.flatMap((milestone) => {
      const tasks = milestone.lanes.flatMap((lane) => lane.tasks);
      const planned = [`${days(milestone.plannedDays)} planned`, dates(tasks, plan)].filter((words) => words !== '');
      return [
        `Milestone ${milestone.number}: ${milestone.title} (${days(milestone.declaredDays)} declared, ${planned.join(', ')})`,
        chart(milestone, terminal),
        taskTable(tasks, plan, terminal),
        gateTable(Object.values(milestone.gates).flat(), terminal),
      ];
    }),
    "The phase's own gates",
    gateTable(Object.values(gates), terminal),
    [...coverageLines(coverage(plan, kinds)), ...partlyLines(partlyCovered(plan))].join('\n'),
  ];
  return sections.join('\n\n');
}

function taskTable(tasks: readonly Task[], plan: Plan, terminal: Terminal): string {
  const isDated = tasks.some(({ startsAt }) => startsAt !== undefined);
  const planned = (task: Task): string[] => (isDated ? [dates([task], plan)] : []);
  const rows = tasks.map((task) => [task.ref, task.title, ...planned(task), task.agent, howDone(task), waitsFor(task)]);
  const when = isDated ? [`Planned (${plan.zone ?? 'UTC'})`] : [];
  return table(['Task', 'Title', ...when, 'Agent', 'Done by', 'Waits for'], rows, terminal);
}

/** `network, access · development, testing`; a label that ends with its environment stands once for all environments. */
function howDone({ steps, tags }: Task): string {
  if (steps.length === 0) return tags.includes('milestone') ? 'reached' : 'a person';
  const names = steps.map(({ kind, label, environment }) => {
    const name = environment !== undefined && label.endsWith(environment) ? label.slice(0, -environment.length) : label;
    return name.replace(/[\s·]+$/, '') || kind;
  });
  const environments = new Set(steps.flatMap(({ environment }) => environment ?? []));
  const where = environments.size === 0 ? '' : ` · ${[...environments].join(', ')}`;
  return `${[...new Set(names)].join(', ')}${where}`;
}

function waitsFor({ after, needs, inputs }: Task): string {
  const stated = needs.map(({ task, what }) => (what === 'stated' ? task : `${task} (${what})`));
  const owed = inputs.map(({ agent, what }) => (what === undefined ? `input of ${agent}` : `${what} of ${agent}`));
  return [...new Set([...after, ...stated, ...owed])].join(', ');
}
