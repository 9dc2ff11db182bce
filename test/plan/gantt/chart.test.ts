import assert from 'node:assert/strict';
import type { Gantt } from '../../../src/plan/gantt/model.ts';
import { isGantt } from '../../../src/plan/gantt/chart.ts';
import { barsOf, readAll } from './read-chart.ts';

describe('the Gantt reader', () => {
  describe('reads starts', () => {
    const cases: readonly [name: string, chart: string, starts: readonly number[]][] = [
      ['as plan days', 'A :a, 01, 1d\nB :b, 3, 1d', [0, 2]],
      ['from the first of them', 'A :a, 03, 1d\nB :b, 04, 1d', [0, 1]],
      ['after a bar', 'A :a, 01, 2d\nB :b, after a, 1d', [0, 2]],
      ['after the last of several bars', 'A :a, 01, 2d\nB :b, 01, 3d\nC :c, after a b, 1d', [0, 0, 3]],
      ['after a bar further down', 'A :a, after b, 1d\nB :b, 01, 2d', [2, 0]],
      ['after the bar above, where none is given', 'A :a, 01, 2d\nB :3d\nC :1d', [0, 2, 5]],
      ['after the bar above, in whichever section that is', 'A :a, 01, 2d\nsection Two\nB :3d', [0, 2]],
    ];
    for (const [name, bars, starts] of cases) {
      it(name, () => {
        assert.deepEqual(
          barsOf(read(`dateFormat D\nsection One\n${bars}`)).map(({ start }) => start),
          starts,
        );
      });
    }

    it('as dates, by the dateFormat of the chart, wherever that stands', () => {
      const chart = 'section One\nA :a, 27.02.2026, 2d\nB :b, 02.03.2026, 1d\ndateFormat DD.MM.YYYY';
      assert.deepEqual(
        barsOf(read(chart)).map(({ start }) => start),
        [0, 3],
      );
    });

    it('as ISO dates, where the chart states no dateFormat', () => {
      assert.deepEqual(
        barsOf(read('section One\nA :a, 2026-03-02, 2d\nB :b, 2026-03-04, 1d')).map(({ start }) => start),
        [0, 2],
      );
    });

    it('with hours, as fractions of a day', () => {
      const chart = 'dateFormat YYYY-MM-DD HH:mm\nsection One\nA :a, 2026-03-02 09:00, 6h\nB :b, 2026-03-02 21:00, 6h';
      assert.deepEqual(
        barsOf(read(chart)).map(({ start, days }) => [start, days]),
        [
          [0, 0.25],
          [0.5, 0.25],
        ],
      );
    });
  });

  describe('reads lengths', () => {
    const cases: readonly [length: string, days: number][] = [
      ['2d', 2],
      ['0.5d', 1],
      ['1.2w', 8],
      ['1.5h', 0.0625],
      ['36h', 1.5],
      ['1w', 7],
      ['90m', 0.0625],
      ['0d', 0],
      ['03', 2],
    ];
    for (const [length, days] of cases) {
      it(length, () => assert.equal(barsOf(read(`dateFormat D\nsection One\nA :a, 01, ${length}`))[0]?.days, days));
    }

    it('up to an end date, which is worked too where the chart says so', () => {
      const chart = 'section One\nA :a, 2026-03-02, 2026-03-04';
      assert.equal(read(chart).plannedDays, 2);
      assert.equal(read(`inclusiveEndDates\n${chart}`).plannedDays, 3);
    });
  });

  it('counts planned days from the first start to the last end', () => {
    assert.equal(read('dateFormat D\nsection One\nA :a, 02, 4d\nB :b, 03, 1d').plannedDays, 4);
  });

  it('reads tags, and tells them from ids', () => {
    const [a, b] = barsOf(read('dateFormat D\nsection One\nA :crit, done, a, 01, 1d\nB :milestone, b, after a, 0d'));
    assert.deepEqual([a?.tags, a?.id, b?.tags, b?.id], [['crit', 'done'], 'a', ['milestone'], 'b']);
  });

  it('names bars without an id as Mermaid does, and says so', () => {
    const { gantt, problems } = readAll('dateFormat D\nsection One\nA :01, 1d\nB :x, 02, 1d\nC :2d');
    assert.deepEqual(
      barsOf(gantt).map(({ id, after }) => [id, after]),
      [
        ['task1', []],
        ['x', []],
        ['task2', ['x']],
      ],
    );
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['gantt-no-id', 'gantt-no-id'],
    );
  });

  it('passes over what only concerns the drawing', () => {
    const chart = `title T\n%% a comment\naxisFormat %d\ntodayMarker off\naccDescr {\nsection Not one\n}\ndateFormat D\nsection One\nA :a, 01, 1d %%\n`;
    assert.deepEqual(readAll(chart.replace(' %%', '')).problems, []);
  });

  it('takes no bar for a statement about the drawing', () => {
    assert.equal(barsOf(read('dateFormat D\nsection One\nClick-through :a, 01, 1d\nTitle-page :b, 01, 1d')).length, 2);
  });

  it('says that days off are not followed', () => {
    const { problems } = readAll('excludes weekends\ndateFormat D\nsection One\nA :a, 01, 1d');
    assert.deepEqual(
      problems.map(({ severity, code }) => [severity, code]),
      [['finding', 'gantt-working-days']],
    );
  });

  it('reads a chart of twenty thousand bars, each after the one above', () => {
    const bars = Array.from(
      { length: 20_000 },
      (_, index) => `Bar :b${index}, ${index === 0 ? '01' : `after b${index - 1}`}, 1d`,
    );
    assert.equal(read(`dateFormat D\nsection One\n${bars.join('\n')}`).plannedDays, 20_000);
  });

  it('knows a Gantt chart from other drawings', () => {
    assert.ok(isGantt('%% note\n  gantt\n  title T'));
    assert.ok(isGantt('---\ntitle: T\n---\ngantt'));
    assert.ok(!isGantt('flowchart LR\n gantt'));
  });

  describe('reports', () => {
    const good = 'A :a, 01, 1d';
    const cases: readonly [name: string, bars: string, expected: string][] = [
      ['an unknown bar', `${good}\n  B :b, after a c, 1d`, 'gantt-unknown-bar 5:17'],
      ['an id that is taken', `${good}\nB :a, 02, 1d`, 'gantt-repeated-id 5:1'],
      ['bars that wait for each other', 'A :a, after b, 1d\nB :b, after a, 1d', 'gantt-cycle 4:13'],
      ['a bar that waits for itself', `${good}\nB :b, after b, 1d`, 'gantt-cycle 5:13'],
      ['a start that is no date', `${good}\nB :b, soon, 1d`, 'gantt-start 5:7'],
      ['an id without a start, which Mermaid takes for a start', `${good}\nB :b, 1d`, 'gantt-start 5:4'],
      ['a first bar without a start', 'A :1d', 'gantt-start 4:4'],
      ['day zero', 'A :a, 0, 1d', 'gantt-start 4:7'],
      ['a misspelt "after"', `${good}\nB :b, afer a, 1d`, 'gantt-start 5:7'],
      ['a length without unit', 'A :a, 01, 1.5', 'gantt-length 4:11'],
      ['a length in words', 'A :a, 01, 2 days', 'gantt-length 4:11'],
      ['a length in months', 'A :a, 01, 1M', 'gantt-length 4:11'],
      ['a length too long to count', `A :a, 01, ${'9'.repeat(20)}d`, 'gantt-length 4:11'],
      ['an end before the start', 'A :a, 05, 03', 'gantt-length 4:11'],
      ['a bar without data', 'A :', 'gantt-bar 4:4'],
      ['a bar without title', ':a, 01, 1d', 'gantt-bar 4:1'],
      ['an empty field', 'A :a, , 1d', 'gantt-bar 4:4'],
      ['a field too many', 'A :a, 01, 1d, 2d', 'gantt-bar 4:4'],
      ['an id with a slash', 'A :a/b, 01, 1d', 'gantt-id 4:4'],
      ['a line that is no statement', `${good}\nsecton Two`, 'gantt-line 5:1'],
      ['a section without bars', `${good}\n  section Two`, 'gantt-section 5:3'],
    ];
    for (const [name, bars, expected] of cases) {
      it(`${name}, at its line and column`, () => {
        const { problems } = readAll(`dateFormat D\nsection One\n${bars}`);
        assert.deepEqual(
          problems
            .filter(({ code }) => code !== 'gantt-no-id')
            .map(({ code, place }) => `${code} ${place.line}:${place.column}`),
          [expected],
        );
      });
    }

    it('a bar outside every section', () => {
      assert.deepEqual(codesIn('dateFormat D\nA :a, 01, 1d'), ['gantt-section']);
    });

    it('a dateFormat that it does not know, and no date because of it', () => {
      assert.deepEqual(codesIn('dateFormat Q\nsection One\nA :a, 1/2026, 1d'), ['gantt-date-format']);
    });

    it('a day that is not in the calendar', () => {
      assert.deepEqual(codesIn('section One\nA :a, 2026-02-30, 1d'), ['gantt-start']);
    });

    it('a chart of dates that does not say when it begins', () => {
      assert.deepEqual(codesIn('section One\nA :1d\nB :b, 2026-03-02, 1d'), ['gantt-no-id', 'gantt-start'].toSorted());
    });

    it('what was meant, where that can be told', () => {
      const { problems } = readAll(
        'dateFormat D\nsection One\nAlpha :alpha, 01, 1d\nB :b, after alpa, 2D\nC :c, 01, 1d',
      );
      assert.deepEqual(
        problems.map(({ suggestion }) => suggestion),
        ['Write "2d".', 'Did you mean "alpha"?'],
      );
    });
  });
});

function read(body: string): Gantt {
  const { gantt, problems } = readAll(body);
  assert.deepEqual(
    problems.filter(({ severity }) => severity === 'error'),
    [],
  );
  return gantt;
}

function codesIn(body: string): string[] {
  return readAll(body)
    .problems.map(({ code }) => code)
    .toSorted();
}
