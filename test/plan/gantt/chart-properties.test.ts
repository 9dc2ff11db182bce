import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readGantt } from '../../../src/plan/gantt/chart.ts';
import { ProblemCollector } from '../../../src/plan/problems.ts';
import { barsOf, readAll } from './read-chart.ts';

describe('the Gantt reader, whatever it reads', () => {
  it('never throws, and places every problem within the text', () => {
    fc.assert(
      fc.property(chartText, (text) => staysWithin(text)),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => staysWithin(text)),
      { numRuns: 300 },
    );
  });

  it('places every bar between the first day and the last, after what it follows', () => {
    fc.assert(
      fc.property(wellFormedBars, (bars) => {
        const { gantt, problems } = readAll(`dateFormat D\nsection One\n${bars.join('\n')}`);
        assert.deepEqual(problems, []);
        const placed = new Map(barsOf(gantt).map((bar) => [bar.id, bar]));
        for (const bar of placed.values()) {
          assert.ok(bar.start >= 0 && bar.start + bar.days <= gantt.plannedDays);
          for (const id of bar.after)
            assert.ok(bar.start >= (placed.get(id)?.start ?? 0) + (placed.get(id)?.days ?? 0));
        }
      }),
    );
  });
});

/** Charts made of the pieces that charts are made of, in any order. */
const chartText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'gantt',
        'section A',
        'dateFormat D',
        'dateFormat YYYY-MM-DD',
        'section',
        '%% x',
        'accDescr {',
        '---',
        '',
      ),
      fc
        .array(
          fc.constantFrom(
            'A',
            ':',
            ',',
            ' ',
            'a',
            'b',
            'after',
            'done',
            '01',
            '2d',
            '2026-01-02',
            '1.5h',
            '#',
            ';',
            '\t',
          ),
          {
            maxLength: 14,
          },
        )
        .map((parts) => parts.join('')),
      fc.string({ maxLength: 30 }),
    ),
    { maxLength: 20 },
  )
  .map((lines) => lines.join('\n'));

/** Bars that follow earlier ones only. */
const wellFormedBars = fc
  .array(
    fc.record({
      day: fc.integer({ min: 1, max: 30 }),
      length: fc.integer({ min: 0, max: 9 }),
      after: fc.nat(),
      free: fc.boolean(),
    }),
    {
      minLength: 1,
      maxLength: 30,
    },
  )
  .map((bars) =>
    bars.map(({ day, length, after, free }, index) => {
      const start = free || index === 0 ? String(day) : `after b${after % index}`;
      return `Bar ${index} :b${index}, ${start}, ${length}d`;
    }),
  );

function staysWithin(text: string): void {
  const lines = text.split(/\r\n|\n|\r/);
  const problems = new ProblemCollector('plan.md');
  readGantt(
    lines.map((line, index) => ({ text: line, point: { line: index + 1, column: 1 } })),
    problems,
  );
  for (const { place } of problems.problems) {
    const line = lines[place.line - 1];
    assert.ok(line !== undefined && place.column >= 1 && place.column <= line.length + 1, JSON.stringify(place));
  }
}
