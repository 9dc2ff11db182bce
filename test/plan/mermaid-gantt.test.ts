import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Gantt } from '../../src/plan/gantt/model.ts';
import { readGantt } from '../../src/plan/gantt/chart.ts';
import { ProblemCollector } from '../../src/plan/problems.ts';

interface Chart {
  readonly name: string;
  readonly chart: readonly string[];
  /** What Mermaid draws; `null` where it refuses the chart. */
  readonly bars: readonly string[] | null;
}

const { mermaid, charts } = JSON.parse(readFileSync(new URL('mermaid-gantt.json', import.meta.url), 'utf8')) as {
  readonly mermaid: string;
  readonly charts: readonly Chart[];
};

describe(`charts as Mermaid ${mermaid} draws them`, () => {
  for (const { name, chart, bars } of charts) {
    it(name, () => {
      const problems = new ProblemCollector('plan.md');
      const lines = ['gantt', ...chart].map((text, index) => ({ text, point: { line: index + 1, column: 1 } }));
      const gantt = readGantt(lines, problems);
      const errors = problems.problems.filter(({ severity }) => severity === 'error');
      if (bars === null) assert.notDeepEqual(errors, [], 'Mermaid refuses it');
      else if (name.startsWith('a bar lost')) {
        assert.deepEqual(
          errors.map(({ code, place }) => [code, place.line]),
          [['gantt-keyword', lines.length]],
        );
      } else {
        assert.deepEqual(errors, []);
        assert.deepEqual(
          drawn(gantt).toSorted(),
          bars.filter((bar) => !bar.endsWith(' | vert')).toSorted(),
          'bars, each once, where Mermaid draws them',
        );
      }
    });
  }

  it('are many, and some of them are refused', () => {
    assert.ok(charts.length > 150 && charts.filter(({ bars }) => bars === null).length > 20);
  });
});

function drawn({ sections }: Gantt): string[] {
  const tags = ['done', 'active', 'crit', 'milestone'];
  return sections.flatMap(({ title, bars }) =>
    bars.map((bar) =>
      [
        ...[title, bar.id, bar.title, bar.startsAt, bar.dueAt],
        ...bar.tags.toSorted((a, b) => tags.indexOf(a) - tags.indexOf(b)),
      ].join(' | '),
    ),
  );
}
