import type { Gantt } from '../../../src/plan/gantt/model.ts';
import { readGantt } from '../../../src/plan/gantt/chart.ts';
import { type Problem, ProblemCollector } from '../../../src/plan/problems.ts';

/** Reads a chart whose first line, `gantt`, is added. */
export function readAll(body: string): { gantt: Gantt; problems: readonly Problem[] } {
  const problems = new ProblemCollector('plan.md');
  const lines = `gantt\n${body}`.split('\n').map((text, index) => ({ text, point: { line: index + 1, column: 1 } }));
  return { gantt: readGantt(lines, problems), problems: problems.problems };
}

export function barsOf(gantt: Gantt): Gantt['sections'][number]['bars'] {
  return gantt.sections.flatMap((section) => section.bars);
}
